//! What the cut needs to know of a wasm file's form.

use anyhow::{Context, Result, ensure};

/// A section that means nothing to whoever runs the file.
pub const CUSTOM: u8 = 0;

/// The section that lists what a wasm file imports.
pub const IMPORTS: u8 = 2;

/// The section that lists what it exports.
pub const EXPORTS: u8 = 7;

/// The section with the bodies of its functions.
pub const CODE: u8 = 10;

/// What an import is where it is a function.
pub const FUNCTION: u8 = 0;

const HEADER: usize = 8;

/// A wasm file's sections: the kind and the content of each.
pub fn sections(wasm: &[u8]) -> Result<Vec<(u8, &[u8])>> {
    let mut reader = Reader(wasm);
    reader.bytes(HEADER)?;
    let mut sections = Vec::new();
    while !reader.0.is_empty() {
        let kind = reader.byte()?;
        let length = reader.number()?;
        sections.push((kind, reader.bytes(length)?));
    }
    Ok(sections)
}

/// A wasm file with one of its sections written anew.
pub fn with_section(
    wasm: &[u8],
    which: u8,
    mut anew: impl FnMut(&[u8]) -> Result<Vec<u8>>,
) -> Result<Vec<u8>> {
    edited(wasm, |kind, content| Ok(Some(if kind == which { anew(content)? } else { content.to_owned() })))
}

/// A wasm file without names and whatever else nobody needs who runs it.
pub fn without_customs(wasm: &[u8]) -> Result<Vec<u8>> {
    edited(wasm, |kind, content| Ok((kind != CUSTOM).then(|| content.to_owned())))
}

fn edited(wasm: &[u8], mut edit: impl FnMut(u8, &[u8]) -> Result<Option<Vec<u8>>>) -> Result<Vec<u8>> {
    let mut out = wasm.get(..HEADER).context("no wasm")?.to_vec();
    for (kind, content) in sections(wasm)? {
        if let Some(content) = edit(kind, content)? {
            out.push(kind);
            write_number(&mut out, content.len());
            out.extend(content);
        }
    }
    Ok(out)
}

/// Reads a wasm file's parts from its front.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8> {
        let (&first, rest) = self.0.split_first().context("a wasm file that ends too early")?;
        self.0 = rest;
        Ok(first)
    }

    /// So many bytes as they are.
    pub fn bytes(&mut self, length: usize) -> Result<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length).context("a wasm file that ends too early")?;
        self.0 = rest;
        Ok(bytes)
    }

    /// A text behind its length.
    pub fn text(&mut self) -> Result<&'a str> {
        let length = self.number()?;
        Ok(std::str::from_utf8(self.bytes(length)?)?)
    }

    /// A number in LEB128.
    pub fn number(&mut self) -> Result<usize> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            number |= usize::from(byte & 127) << shift;
            shift += 7;
            if byte < 128 {
                return Ok(number);
            }
            ensure!(shift < 35, "a number that is too long");
        }
    }

    /// What an import is: a function, a table, a memory, a global or a tag.
    pub fn skip_kind(&mut self) -> Result<()> {
        match self.byte()? {
            0 => self.number().map(drop),
            kind @ (1 | 2) => {
                if kind == 1 {
                    self.byte()?;
                }
                let limited = self.byte()? & 1 == 1;
                self.number()?;
                if limited { self.number().map(drop) } else { Ok(()) }
            }
            3 => self.bytes(2).map(drop),
            _ => {
                self.byte()?;
                self.number().map(drop)
            }
        }
    }
}

/// LEB128.
pub fn write_number(out: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = (number & 127) as u8;
        number >>= 7;
        out.push(if number == 0 { low } else { low | 128 });
        if number == 0 {
            return;
        }
    }
}

/// A text behind its length.
pub fn write_text(out: &mut Vec<u8>, text: &str) {
    write_number(out, text.len());
    out.extend(text.as_bytes());
}
