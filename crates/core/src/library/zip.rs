//! Zip archives whose files are stored as they are: videos do not get smaller. Written and read piece by piece, so that
//! the bytes of the files never have to be in memory at once. Neither zip64 nor compression: an archive has at most
//! [`MAX_BYTES`] and [`MAX_FILES`].

/// Largest archive, in bytes.
pub const MAX_BYTES: u64 = u32::MAX as u64;

/// Most files in one archive.
pub const MAX_FILES: usize = u16::MAX as usize - 1;

/// The end of an archive is looked for in so many last bytes: its record and the longest comment.
pub const TAIL_BYTES: u64 = 22 + u16::MAX as u64;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const LOCAL_BYTES: usize = 30;
const CENTRAL_BYTES: usize = 46;
const END_BYTES: usize = 22;

/// Names are UTF-8.
const UTF8: u16 = 1 << 11;
/// The first of January 1980: the least that the format can say.
const NO_DATE: u16 = 33;

/// CRC-32 as zip has it, over bytes that come in pieces.
#[derive(Clone, Debug)]
pub struct Crc32(u32);

impl Default for Crc32 {
    fn default() -> Self {
        Crc32(u32::MAX)
    }
}

static TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = index as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { (value >> 1) ^ 0xedb8_8320 } else { value >> 1 };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
}

impl Crc32 {
    /// Takes the next bytes.
    pub fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 >> 8) ^ TABLE[((self.0 ^ u32::from(*byte)) & 0xff) as usize];
        }
    }

    /// The sum of all bytes taken.
    pub fn sum(&self) -> u32 {
        !self.0
    }
}

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its path, with slashes.
    pub name: String,
    /// Its length in bytes.
    pub size: u32,
    /// Its CRC-32.
    pub crc: u32,
    /// Where its local header begins.
    pub start: u32,
}

/// Writes an archive: for each file [`Writer::file`] gives the bytes to put before the file's own, and
/// [`Writer::finish`] those at the end.
#[derive(Debug, Default)]
pub struct Writer {
    entries: Vec<Entry>,
    written: u64,
    /// Bytes of the directory without its end.
    directory: u64,
}

impl Writer {
    /// The header of the next file. `None` where the file does not fit any more; the archive is as it was then.
    pub fn file(&mut self, name: &str, size: u64, crc: u32) -> Option<Vec<u8>> {
        let all = self.written + size + entry_bytes(name) + self.directory + END_BYTES as u64;
        if self.entries.len() >= MAX_FILES || all > MAX_BYTES || name.len() > usize::from(u16::MAX) {
            return None;
        }
        let entry = Entry { name: name.to_owned(), size: size as u32, crc, start: self.written as u32 };
        let mut header = Vec::with_capacity(LOCAL_BYTES + name.len());
        put32(&mut header, LOCAL);
        put_common(&mut header, &entry);
        header.extend(name.as_bytes());
        self.written += header.len() as u64 + size;
        self.directory += (CENTRAL_BYTES + name.len()) as u64;
        self.entries.push(entry);
        Some(header)
    }

    /// The directory that ends the archive.
    pub fn finish(self) -> Vec<u8> {
        let mut end = Vec::with_capacity(self.directory as usize + END_BYTES);
        for entry in &self.entries {
            put32(&mut end, CENTRAL);
            put16(&mut end, 20);
            put_common(&mut end, entry);
            // No comment, first disk, no attributes.
            end.extend([0; 10]);
            put32(&mut end, entry.start);
            end.extend(entry.name.as_bytes());
        }
        let directory = end.len() as u32;
        put32(&mut end, END);
        put32(&mut end, 0);
        put16(&mut end, self.entries.len() as u16);
        put16(&mut end, self.entries.len() as u16);
        put32(&mut end, directory);
        put32(&mut end, self.written as u32);
        put16(&mut end, 0);
        end
    }
}

/// What one file adds to an archive besides its own bytes.
fn entry_bytes(name: &str) -> u64 {
    (LOCAL_BYTES + CENTRAL_BYTES + 2 * name.len()) as u64
}

/// The part that both headers of a file share.
fn put_common(out: &mut Vec<u8>, entry: &Entry) {
    for value in [20, UTF8, 0, 0, NO_DATE] {
        put16(out, value);
    }
    for value in [entry.crc, entry.size, entry.size] {
        put32(out, value);
    }
    put16(out, entry.name.len() as u16);
    put16(out, 0);
}

fn put16(out: &mut Vec<u8>, value: u16) {
    out.extend(value.to_le_bytes());
}

fn put32(out: &mut Vec<u8>, value: u32) {
    out.extend(value.to_le_bytes());
}

/// Where the directory of an archive stands: its start and its length. `tail` are the last bytes of the archive, at most
/// [`TAIL_BYTES`] of them. `None` where there is no end that can be read.
pub fn directory_of(tail: &[u8]) -> Option<(u64, u64)> {
    let last = tail.len().checked_sub(END_BYTES)?;
    let start = (0..=last).rev().find(|at| get32(tail, *at) == Some(END))?;
    let (length, begin) = (get32(tail, start + 12)?, get32(tail, start + 16)?);
    (begin != u32::MAX).then_some((u64::from(begin), u64::from(length)))
}

/// Reads a directory. `None` if it is damaged, or has a file that is compressed or encrypted.
pub fn entries_of(directory: &[u8]) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut at = 0;
    while at < directory.len() {
        let stored = get16(directory, at + 10)? == 0 && get16(directory, at + 8)? & 1 == 0;
        let size = get32(directory, at + 24)?;
        if get32(directory, at)? != CENTRAL || !stored || get32(directory, at + 20)? != size {
            return None;
        }
        let lengths = [28, 30, 32].map(|field| get16(directory, at + field).map(usize::from));
        let [Some(name), Some(extra), Some(comment)] = lengths else { return None };
        let text = directory.get(at + CENTRAL_BYTES..at + CENTRAL_BYTES + name)?;
        entries.push(Entry {
            name: String::from_utf8(text.to_vec()).ok()?,
            size,
            crc: get32(directory, at + 16)?,
            start: get32(directory, at + 42)?,
        });
        at += CENTRAL_BYTES + name + extra + comment;
    }
    Some(entries)
}

/// How far after [`Entry::start`] the bytes of a file begin, read from the [`HEADER_BYTES`] that stand there.
pub fn header_length(header: &[u8]) -> Option<u64> {
    if get32(header, 0)? != LOCAL {
        return None;
    }
    Some(LOCAL_BYTES as u64 + u64::from(get16(header, 26)?) + u64::from(get16(header, 28)?))
}

/// How many bytes of a local header [`header_length`] has to see.
pub const HEADER_BYTES: u64 = LOCAL_BYTES as u64;

fn get16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn get32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn crc(bytes: &[u8]) -> u32 {
        let mut crc = Crc32::default();
        crc.take(bytes);
        crc.sum()
    }

    fn archive(files: &[(String, Vec<u8>)]) -> Vec<u8> {
        let mut writer = Writer::default();
        let mut out = Vec::new();
        for (name, bytes) in files {
            out.extend(writer.file(name, bytes.len() as u64, crc(bytes)).expect("it fits"));
            out.extend(bytes);
        }
        out.extend(writer.finish());
        out
    }

    fn read(archive: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
        let tail = &archive[archive.len().saturating_sub(TAIL_BYTES as usize)..];
        let (begin, length) = directory_of(tail)?;
        let directory = archive.get(begin as usize..(begin + length) as usize)?;
        let one = |entry: Entry| {
            let header = archive.get(entry.start as usize..)?;
            let begin = entry.start as usize + header_length(header)? as usize;
            let bytes = archive.get(begin..begin + entry.size as usize)?.to_vec();
            (crc(&bytes) == entry.crc).then_some((entry.name, bytes))
        };
        entries_of(directory)?.into_iter().map(one).collect()
    }

    #[test]
    fn the_sum_is_the_known_one() {
        assert_eq!(crc(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc(b""), 0);
    }

    #[test]
    fn what_does_not_fit_is_not_taken() {
        let mut writer = Writer::default();
        assert!(writer.file("a", MAX_BYTES, 0).is_none());
        assert!(writer.file("a", MAX_BYTES - 1_000, 0).is_some());
        assert!(writer.file("b", 1_000, 0).is_none());
        assert!(writer.file("c", 100, 0).is_some());
        assert!(writer.written + writer.finish().len() as u64 <= MAX_BYTES);
    }

    #[test]
    fn damage_is_noticed() {
        let whole = archive(&[("records.json".into(), b"{}".to_vec())]);
        assert_eq!(read(&whole[..whole.len() - 1]), None);
        let mut other = whole.clone();
        other[LOCAL_BYTES + "records.json".len()] = b'[';
        assert_eq!(read(&other), None);
    }

    proptest! {
        #[test]
        fn what_was_put_in_comes_out(
            files in proptest::collection::vec((".{0,20}", proptest::collection::vec(any::<u8>(), 0..200)), 0..10)
        ) {
            prop_assert_eq!(read(&archive(&files)), Some(files));
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            _ = (directory_of(&bytes), entries_of(&bytes), header_length(&bytes));
        }
    }
}
