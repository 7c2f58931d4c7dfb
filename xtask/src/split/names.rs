//! Short names for what the wasm imports of its glue. wasm-bindgen's are long and end in hashes, which do not compress:
//! they are 9 kB of a first load.

use std::collections::HashMap;

use anyhow::{Context, Result, ensure};

/// The section of a wasm file that lists its imports.
const IMPORTS: u8 = 2;

/// Gives the imports from `module` short names, in the wasm and in the glue that provides them.
pub fn shorten(wasm: &[u8], glue: &str, module: &str) -> Result<(Vec<u8>, String)> {
    let mut names = HashMap::new();
    let mut short = Vec::with_capacity(wasm.len());
    let (header, mut rest) = wasm.split_at_checked(8).context("no wasm")?;
    short.extend(header);
    while let Some((&kind, after)) = rest.split_first() {
        let mut reader = Reader(after);
        let length = reader.number()?;
        let content = reader.bytes(length)?;
        let content =
            if kind == IMPORTS { renamed(content, module, &mut names)? } else { content.to_owned() };
        short.push(kind);
        write_number(&mut short, content.len());
        short.extend(content);
        rest = reader.0;
    }
    Ok((short, with_names(glue, &names)?))
}

fn renamed(section: &[u8], module: &str, names: &mut HashMap<String, String>) -> Result<Vec<u8>> {
    let mut reader = Reader(section);
    let mut out = Vec::new();
    let count = reader.number()?;
    write_number(&mut out, count);
    for _ in 0..count {
        let (from, name) = (reader.text()?, reader.text()?);
        let next = short_name(names.len());
        let name = if from == module { names.entry(name.to_owned()).or_insert(next).as_str() } else { name };
        for text in [from, name] {
            write_number(&mut out, text.len());
            out.extend(text.as_bytes());
        }
        let before = reader.0;
        reader.skip_kind()?;
        out.extend(&before[..before.len() - reader.0.len()]);
    }
    Ok(out)
}

/// The glue provides each import as a member of an object, a line of its own.
fn with_names(glue: &str, names: &HashMap<String, String>) -> Result<String> {
    let mut found = 0;
    let lines = glue.lines().map(|line| {
        let member =
            line.split_once(": function").and_then(|(name, rest)| Some((names.get(name.trim())?, rest)));
        member.map_or_else(
            || line.to_owned(),
            |(name, rest)| {
                found += 1;
                format!("        {name}: function{rest}")
            },
        )
    });
    let glue = lines.collect::<Vec<_>>().join("\n");
    ensure!(found == names.len(), "the glue provides {found} of {} imports in a known form", names.len());
    Ok(glue)
}

/// `a` to `z`, then two letters, and so on.
fn short_name(mut place: usize) -> String {
    let mut name = String::new();
    loop {
        name.push(char::from(b'a' + (place % 26) as u8));
        place /= 26;
        if place == 0 {
            return name;
        }
    }
}

/// Reads a wasm file's parts from its front.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8> {
        let (&first, rest) = self.0.split_first().context("a wasm file that ends too early")?;
        self.0 = rest;
        Ok(first)
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length).context("a wasm file that ends too early")?;
        self.0 = rest;
        Ok(bytes)
    }

    fn text(&mut self) -> Result<&'a str> {
        let length = self.number()?;
        Ok(std::str::from_utf8(self.bytes(length)?)?)
    }

    /// LEB128.
    fn number(&mut self) -> Result<usize> {
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
    fn skip_kind(&mut self) -> Result<()> {
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

fn write_number(out: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = (number & 127) as u8;
        number >>= 7;
        out.push(if number == 0 { low } else { low | 128 });
        if number == 0 {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_each_its_own() {
        let names: Vec<String> = (0..1000).map(short_name).collect();
        assert_eq!((names[0].as_str(), names[25].as_str(), names[26].as_str()), ("a", "z", "ab"));
        let mut sorted = names.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), names.len());
    }

    #[test]
    fn wasm_and_glue_agree_on_the_new_names() {
        let mut wasm = b"\0asm\x01\0\0\0".to_vec();
        let import = b"\x02\x02./\x0b__wbg_alert\x00\x01\x05other\x04keep\x03\x7f\x00";
        wasm.extend([IMPORTS, import.len() as u8]);
        wasm.extend(import);
        wasm.extend(b"\x0a\x01\x00");
        let glue = "const i = {\n        __wbg_alert: function(arg0) {\n        },\n};";
        let (short, glue) = shorten(&wasm, glue, "./").unwrap();
        assert!(short.ends_with(b"\x02\x02./\x01a\x00\x01\x05other\x04keep\x03\x7f\x00\x0a\x01\x00"));
        assert_eq!(glue, "const i = {\n        a: function(arg0) {\n        },\n};");
        assert!(shorten(&wasm, "const i = {};", "./").is_err());
        assert!(shorten(&wasm[..12], "", "./").is_err());
    }
}
