// What film.js uses of mediabunny. make.sh says how the bundle is made from this.
export {
  BlobSource, EncodedAudioPacketSource, EncodedPacket, EncodedPacketSink, EncodedVideoPacketSource, Input, MP4, Mp4OutputFormat,
  Output, QTFF, StreamTarget,
} from 'mediabunny';
