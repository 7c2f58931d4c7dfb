//! What the package says of itself, beside `www/embed/package.json`.

use super::VERSION;
use super::face::{ATTRIBUTES, CSS_PROPERTIES, EVENTS, METHODS, PARTS, PROPERTIES, SLOTS, STATES};

/// The package's first page.
pub fn readme() -> String {
    format!(
        "# vireo-studio {VERSION}\n\n\
         A studio for the Veo 3.1 video API as a custom element. It speaks to a Vireo relay, which keeps the API key.\n\n\
         ```html\n\
         <script type=\"module\" src=\"/vireo/embed/vireo-studio.js\"></script>\n\
         <vireo-studio relay=\"https://relay.example.org/\"></vireo-studio>\n\
         ```\n\n{}",
        tables()
    )
}

/// The face as tables.
pub fn tables() -> String {
    let typed = |title: &str, rows: &[(&str, &str, &str)]| {
        let lines = rows
            .iter()
            .map(|(name, kind, text)| format!("| `{name}` | `{}` | {text} |\n", kind.replace('|', "\\|")));
        format!("## {title}\n\n| name | type | meaning |\n|---|---|---|\n{}\n", lines.collect::<String>())
    };
    let named = |title: &str, rows: &[(&str, &str)]| {
        let lines = rows.iter().map(|(name, text)| {
            let name = if name.is_empty() { "(default)" } else { name };
            format!("| `{name}` | {text} |\n")
        });
        format!("## {title}\n\n| name | meaning |\n|---|---|\n{}\n", lines.collect::<String>())
    };
    let all = [
        typed("Attributes", &ATTRIBUTES),
        typed("Properties", &PROPERTIES),
        typed("Methods", &METHODS),
        named("Events", &EVENTS),
        named("Slots", &SLOTS),
        named("Parts", &PARTS),
        named("CSS custom properties", &CSS_PROPERTIES),
        named("States", &STATES),
    ];
    all.concat().trim_end().to_owned() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::root;
    use std::fs;

    /// The documentation carries these tables word by word: between its two markers.
    #[test]
    fn the_documentation_has_these_tables() {
        let path = root().join("docs/embedding.md");
        let page = fs::read_to_string(&path).unwrap();
        let (head, rest) = page.split_once("<!-- tables -->\n").expect("the marker");
        let (_, tail) = rest.split_once("<!-- /tables -->").expect("the marker");
        let wanted = format!("{head}<!-- tables -->\n{}<!-- /tables -->{tail}", tables());
        if page != wanted {
            fs::write(path, wanted).unwrap();
            panic!("docs/embedding.md had other tables; it has these now");
        }
    }
}
