#!/bin/sh
# Makes the simulator's clips from nothing but arithmetic: two scenes, each in 16:9 and 9:16, as 720p and as 1080p
# (the same moving picture, drawn in small: all of it is soft), and a still of each.
# H.264 High, 4:2:0, AAC, index at the front; 8 s at 24 frames/s.
# Needs ffmpeg with libx264 and some 15 minutes; run it only to change the pictures, the results are committed.
set -eu
cd "$(dirname "$0")"
FFMPEG="ffmpeg -hide_banner -loglevel error -nostdin -y"

# layer COLOUR HEIGHT SWELL WAVES SPEED RIPPLE: everything below a wavy line takes the colour; one colour channel.
# Register 1 holds the picture so far. The line travels SPEED wavelengths in the 8 s.
layer() {
    printf "st(1,lerp(ld(1),%s,clip((Y/H-%s-%s*sin(2*PI*(%s*X/W+%s*T/8))-%s*sin(2*PI*(%s*2.7*X/W-%s*T/8)))*H/2,0,1)));" \
        "$1" "$2" "$3" "$4" "$5" "$6" "$4" "$5"
}

# dusk ZENITH HORIZON SUN SEA1 SEA2 SEA3 SEA4: a low sun over a swelling sea; one colour channel.
dusk() {
    printf "st(1,lerp(%s,%s,pow(clip(Y/H/0.62,0,1),1.3)));" "$1" "$2"
    # Distance from the sun, in units of the shorter side; it sinks a little.
    printf "st(2,hypot(X-0.60*W,Y-(0.40+0.006*T)*H)/min(W,H));"
    printf "st(1,ld(1)+(%s-ld(1))*0.75*exp(-pow(ld(2)/0.30,2)));" "$3"
    printf "st(1,lerp(ld(1),%s,clip((0.105-ld(2))*min(W,H)/3,0,1)));" "$3"
    layer "$4" 0.585 0.010 0.8 1 0.003
    layer "$5" 0.665 0.016 1.0 -1 0.005
    layer "$6" 0.765 0.022 0.7 2 0.006
    layer "$7" 0.885 0.028 0.9 -2 0.008
    printf "ld(1)"
}

# band STRENGTH HEIGHT WIDTH WAVES SPEED: a curtain of light.
band() {
    printf "st(1,ld(1)+%s*(0.55+0.45*sin(2*PI*(2.1*%s*X/W-%s*T/8)))*exp(-pow((Y/H-%s-0.07*sin(2*PI*(%s*X/W+%s*T/8))-0.03*sin(2*PI*(1.9*X/W-2*T/8)))/%s,2)));" \
        "$1" "$4" "$5" "$2" "$4" "$5" "$3"
}

# aurora ZENITH HORIZON BAND1 BAND2 HILL1 HILL2 HILL3: northern lights over hills; one colour channel.
aurora() {
    printf "st(1,lerp(%s,%s,clip(Y/H/0.75,0,1)));" "$1" "$2"
    # A few steady stars, from a hash of the place in a grid that is the same in every size.
    printf "st(3,floor(X/W*480*sqrt(W/H)));st(4,floor(Y/W*480*sqrt(W/H)));"
    printf "st(1,ld(1)+190*gt(mod(abs(sin(ld(3)*12.9898+ld(4)*78.233)*43758.5453),1),0.9985));"
    band "$3" 0.30 0.085 0.8 1
    band "$4" 0.40 0.060 1.1 -1
    layer "$5" 0.70 0.030 0.9 0 0.010
    layer "$6" 0.79 0.040 0.6 0 0.008
    layer "$7" 0.90 0.030 1.1 0 0.012
    printf "min(ld(1),255)"
}

# chord F1 F2 F3: three soft tones that swell and fade.
chord() {
    printf "aevalsrc='0.10*(sin(2*PI*%s*t)+0.8*sin(2*PI*%s*t)*(0.6+0.4*sin(2*PI*t/4))+0.6*sin(2*PI*%s*t)*(0.6+0.4*cos(2*PI*t/3)))':s=48000:d=8,afade=t=in:d=1,afade=t=out:st=7:d=1,aformat=channel_layouts=stereo" \
        "$1" "$2" "$3"
}

# clip NAME SIZE_1080 SIZE_720 SIZE_DRAWN RED GREEN BLUE CHORD
clip() {
    drawn="$tmp/$1.mkv"
    $FFMPEG -f lavfi -i "color=c=black:s=$4:r=24:d=8,format=gbrp,geq=r='$5':g='$6':b='$7'" -f lavfi -i "$8" \
        -c:v ffv1 -c:a pcm_s16le "$drawn"
    encode "$drawn" "$2" 26 "$1-1080p.mp4"
    encode "$drawn" "$3" 24 "$1-720p.mp4"
    $FFMPEG -ss 4 -i "$drawn" -frames:v 1 -q:v 4 -fflags +bitexact -flags:v +bitexact "$1.jpg"
}

# encode DRAWN SIZE QUALITY FILE. A trace of noise keeps the smooth skies from breaking into bands.
encode() {
    $FFMPEG -i "$1" -vf "scale=$2:flags=lanczos,noise=alls=2:allf=t,format=yuv420p" \
        -c:v libx264 -profile:v high -preset slow -crf "$3" -c:a aac -b:a 64k -movflags +faststart \
        -map_metadata -1 -fflags +bitexact -flags:v +bitexact -flags:a +bitexact "$4"
}

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

for shape in "wide 1920x1080 1280x720 640x360" "tall 1080x1920 720x1280 360x640"; do
    set -- $shape
    clip "dusk-$1" "$2" "$3" "$4" \
        "$(dusk 34 250 255 176 112 58 20)" "$(dusk 40 156 226 102 66 42 22)" "$(dusk 92 110 170 118 104 82 50)" \
        "$(chord 146.83 220 369.99)"
    clip "aurora-$1" "$2" "$3" "$4" \
        "$(aurora 6 18 30 110 14 9 5)" "$(aurora 10 40 190 60 34 22 12)" "$(aurora 30 66 120 170 44 30 18)" \
        "$(chord 110 164.81 277.18)"
done
ls -l ./*.mp4 ./*.jpg
