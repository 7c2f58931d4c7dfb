#!/bin/sh
# Makes small clips whose parts do not end together, 3 s each: a white flash and a tone from 0.5 s to 0.7 s.
# Needs ffmpeg with libx264; the results are committed.
set -eu
cd "$(dirname "$0")"

# clip NAME SECONDS_OF_SOUND RATE
clip() {
    ffmpeg -v error -nostdin -y \
        -f lavfi -i "color=c=black:s=320x180:r=24:d=3,geq=lum='if(between(T,0.499,0.7),235,16)':cb=128:cr=128" \
        -f lavfi -i "aevalsrc='if(between(t,0.5,0.7),0.5*sin(2*PI*1000*t),0)':s=$3:d=$2" -ac 2 \
        -c:v libx264 -preset fast -pix_fmt yuv420p -c:a aac -b:a 64k -map_metadata -1 -fflags +bitexact "$1.mp4"
}

clip even 3 48000
clip long 3.6 48000
clip short 2.2 48000
clip other-rate 3 44100
# No sound; sound that begins 0.3 s late; no edit list, so that pictures and sound begin apart.
ffmpeg -v error -nostdin -y -i even.mp4 -an -c copy mute.mp4
ffmpeg -v error -nostdin -y -i even.mp4 -itsoffset 0.3 -i even.mp4 -map 0:v -map 1:a -c copy late.mp4
ffmpeg -v error -nostdin -y -i even.mp4 -c copy -use_editlist 0 no-edits.mp4
