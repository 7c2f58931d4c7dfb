//! Short names for what the wasm imports of its glue. wasm-bindgen's are long and end in hashes, which do not compress:
//! they are 9 kB of a first load.

use std::collections::HashMap;

use anyhow::{Result, ensure};

use super::form::{IMPORTS, Reader, with_section, write_number, write_text};

/// Gives the imports from `module` short names, in the wasm and in the glue that provides them.
pub fn shorten(wasm: &[u8], glue: &str, module: &str) -> Result<(Vec<u8>, String)> {
    let mut names = HashMap::new();
    let short = with_section(wasm, IMPORTS, |section| renamed(section, module, &mut names))?;
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
        write_text(&mut out, from);
        write_text(&mut out, name);
        let before = reader.0;
        reader.skip_kind()?;
        out.extend(&before[..before.len() - reader.0.len()]);
    }
    Ok(out)
}

/// How far the members of the glue's object are indented; what is in them stands no less far.
const MEMBER: &str = "        ";

/// The glue provides each import as a member of an object, which begins on a line of its own. Those that the wasm does
/// not import any more are left out.
fn with_names(glue: &str, names: &HashMap<String, String>) -> Result<String> {
    let (mut found, mut is_wanted) = (0, true);
    let lines = glue.lines().filter_map(|line| {
        let inside = line.strip_prefix(MEMBER);
        let member = inside.and_then(|inside| inside.split_once(": function"));
        let Some((name, rest)) =
            member.filter(|(name, _)| !name.contains(|c: char| !c.is_alphanumeric() && c != '_'))
        else {
            is_wanted |= inside.is_none();
            return is_wanted.then(|| line.to_owned());
        };
        let short = names.get(name);
        is_wanted = short.is_some();
        found += usize::from(is_wanted);
        short.map(|short| format!("{MEMBER}{short}: function{rest}"))
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
        let glue = "const i = {\n        __wbg_alert: function(arg0) {\n            alert(arg0);\n        },\n        \
                    __wbg_gone: function() {\n            gone();\n        },\n};";
        let (short, glue) = shorten(&wasm, glue, "./").unwrap();
        assert!(short.ends_with(b"\x02\x02./\x01a\x00\x01\x05other\x04keep\x03\x7f\x00\x0a\x01\x00"));
        assert_eq!(
            glue,
            "const i = {\n        a: function(arg0) {\n            alert(arg0);\n        },\n};"
        );
        assert!(shorten(&wasm, "const i = {};", "./").is_err());
        assert!(shorten(&wasm[..12], "", "./").is_err());
    }
}
