//! Leaves out the classes that a crate below Leptos exports to JavaScript, whoever uses them or not: nobody here does, and
//! they are a kilobyte of a first load.

use anyhow::{Result, ensure};

use super::form::{EXPORTS, Reader, with_section, write_number};

/// What wasm-streams, which comes with server_fn, gives to JavaScript.
const CLASSES: [&str; 3] = ["IntoUnderlyingByteSource", "IntoUnderlyingSink", "IntoUnderlyingSource"];

/// The wasm without the exports, for wasm-opt to take away what is behind them, and the glue without the classes.
pub fn leave_out(wasm: &[u8], glue: &str) -> Result<(Vec<u8>, String)> {
    Ok((with_section(wasm, EXPORTS, without_exports)?, without_classes(glue)?))
}

fn without_exports(section: &[u8]) -> Result<Vec<u8>> {
    let mut reader = Reader(section);
    let (mut count, mut kept) = (0, Vec::<u8>::new());
    for _ in 0..reader.number()? {
        let before = reader.0;
        let name = reader.text()?;
        reader.bytes(1)?;
        reader.number()?;
        if !CLASSES.iter().any(|class| name.contains(&class.to_lowercase())) {
            count += 1;
            kept.extend(&before[..before.len() - reader.0.len()]);
        }
    }
    let mut out = Vec::new();
    write_number(&mut out, count);
    out.extend(kept);
    Ok(out)
}

/// Each class is three statements, which begin and end on lines of their own.
fn without_classes(glue: &str) -> Result<String> {
    let mut glue = glue.to_owned();
    for class in CLASSES {
        for (start, end) in [
            (format!("export class {class} {{"), "\n}\n"),
            (format!("if (Symbol.dispose) {class}."), ";\n"),
            (format!("const {class}Finalization = "), ");\n"),
        ] {
            let Some((before, rest)) = glue.split_once(&start) else {
                anyhow::bail!("no `{start}` in the glue")
            };
            let Some((_, after)) = rest.split_once(end) else {
                anyhow::bail!("`{start}` has no end in the glue")
            };
            glue = [before, after].concat();
        }
        ensure!(!glue.contains(class), "the glue uses {class}");
    }
    Ok(glue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_and_classes_of_streams_go_and_others_stay() {
        let mut wasm = b"\0asm\x01\0\0\0".to_vec();
        let exports = b"\x02\x19intounderlyingsource_pull\x00\x05\x05start\x00\x06";
        wasm.extend([EXPORTS, exports.len() as u8]);
        wasm.extend(exports);
        let class = |name: &str| {
            format!(
                "export class {name} {{\n    free() {{\n    }}\n}}\nif (Symbol.dispose) {name}.x = {name}.y;\n\
                 const {name}Finalization = (typeof X)\n    : new X(p => free(p, 1));\n"
            )
        };
        let glue = CLASSES.map(class).concat() + &class("Studio");
        let (wasm, glue) = leave_out(&wasm, &glue).unwrap();
        assert!(wasm.ends_with(b"\x07\x09\x01\x05start\x00\x06"));
        assert_eq!(glue, class("Studio"));
        assert!(leave_out(&wasm, &glue).is_err());
    }
}
