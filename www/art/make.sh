#!/bin/sh
# Draws the PNG files of `icons/`, for those who read no SVG: home screens, social networks, old browsers. Needs
# Chromium; run it only to change a picture, the results are committed.
set -eu
cd "$(dirname "$0")"
draw() {
  chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=1 \
    --default-background-color=00000000 --window-size="$3,$4" --screenshot="../icons/$2" "file://$PWD/$1" 2>/dev/null
}
draw ../icons/icon.svg icon-192.png 192 192
draw ../icons/icon.svg icon-512.png 512 512
draw maskable.svg maskable-512.png 512 512
draw maskable.svg touch-180.png 180 180
draw social.svg social.png 1200 630
