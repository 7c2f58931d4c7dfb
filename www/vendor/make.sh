#!/bin/sh
# Makes mediabunny.js: what film.js uses of mediabunny, in one file. Needs npm; run it only to change the version, the result is
# committed. `sha256sum --check mediabunny.sha256` tells whether the file is the one that was made.
set -eu
cd "$(dirname "$0")"
vendor=$(pwd)
work=$(mktemp -d)
cp mediabunny.entry.js "$work/entry.js"
cd "$work"
npm init --yes >/dev/null
npm install --ignore-scripts --save-exact mediabunny@1.61.0 esbuild@0.28.2
npx esbuild entry.js --bundle --minify --format=esm --target=es2022 --legal-comments=none \
  --banner:js='/*! mediabunny 1.61.0, MPL-2.0, tree-shaken and minified; source: https://www.npmjs.com/package/mediabunny/v/1.61.0 */' \
  --outfile="$vendor/mediabunny.js"
cd "$vendor"
sha256sum mediabunny.js > mediabunny.sha256
rm -rf "$work"
