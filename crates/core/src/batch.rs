//! Many prompts at once: pasted lines, or CSV with a heading. What cannot be used is told by its line; the rest stays
//! usable.

use crate::check::{Problem, check};
use veo_api::{AspectRatio, Generate, Mode, Model, Resolution};

/// The most prompts of one paste: each is paid for.
pub const MAX_ROWS: usize = 200;

/// One prompt, ready to be handed in.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The line it begins on, from 1.
    pub line: usize,
    /// What is asked for.
    pub generate: Generate,
}

/// Why a row, or a part of it, cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A quote is opened and never closed.
    QuoteOpen,
    /// Something stands between a closing quote and the next separator.
    QuoteFollowed,
    /// The row has more fields than the heading.
    TooManyFields,
    /// No field of the request has this heading. Its column is passed over.
    UnknownColumn(String),
    /// The field cannot be read.
    Unreadable {
        /// The heading of its column.
        column: &'static str,
        /// What stands there.
        value: String,
    },
    /// The request would be wrong.
    Wrong(Vec<Problem>),
    /// This row and those after it are more than [`MAX_ROWS`].
    TooMany,
}

/// What was found in a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// What can be used, in order.
    pub rows: Vec<Row>,
    /// What cannot, by line.
    pub faults: Vec<(usize, Fault)>,
}

impl Batch {
    /// What all rows will probably cost; `None` if the price of one is not known.
    pub fn price(&self, price: impl Fn(&Generate) -> Option<f64>) -> Option<f64> {
        self.rows.iter().map(|row| price(&row.generate)).sum()
    }
}

/// Reads a paste. A first line that names a column `prompt` makes it CSV, separated by commas, semicolons or tabs;
/// without it each line that is not empty is a prompt, and a quoted cell of a spreadsheet may span lines. What a row
/// does not say is taken from `base`; images may come from `media_origins` too.
pub fn read(text: &str, base: &Generate, media_origins: &[String]) -> Batch {
    let text = text.trim_start_matches('\u{feff}');
    let mut batch = Batch::default();
    let heading = Heading::find(text, &mut batch.faults);
    let mut lines = Lines::new(text);
    if heading.is_some() {
        lines.next();
    }
    while let Some((number, line)) = lines.next() {
        if line.trim().is_empty() {
            continue;
        }
        let read = match &heading {
            Some(heading) => {
                lines.record(line, heading.separator).and_then(|fields| heading.apply(&fields, base))
            }
            None => Ok(Generate { prompt: lines.cell(line), ..base.clone() }),
        };
        let checked = read.and_then(|generate| match check(&generate, media_origins) {
            problems if problems.is_empty() => Ok(generate),
            problems => Err(Fault::Wrong(problems)),
        });
        match checked {
            Ok(_) if batch.rows.len() == MAX_ROWS => {
                batch.faults.push((number, Fault::TooMany));
                break;
            }
            Ok(generate) => batch.rows.push(Row { line: number, generate }),
            Err(fault) => batch.faults.push((number, fault)),
        }
    }
    batch
}

/// Lines with their numbers from 1, of which a quoted field may take more than one.
struct Lines<'a> {
    rest: &'a str,
    number: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Lines { rest: text, number: 0 }
    }

    fn next(&mut self) -> Option<(usize, &'a str)> {
        if self.rest.is_empty() {
            return None;
        }
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        self.number += 1;
        Some((self.number, line.strip_suffix('\r').unwrap_or(line)))
    }

    /// The fields of the record that begins with `line`. After a fault the next line is another record.
    fn record(&mut self, line: &'a str, separator: char) -> Result<Vec<String>, Fault> {
        let (before, number) = (self.rest, self.number);
        let fields = self.fields(line, separator);
        if fields.is_err() {
            (self.rest, self.number) = (before, number);
        }
        fields
    }

    fn fields(&mut self, mut line: &'a str, separator: char) -> Result<Vec<String>, Fault> {
        let mut fields = Vec::new();
        loop {
            let Some(mut quoted) = line.trim_start_matches(' ').strip_prefix('"') else {
                let (field, rest) = match line.split_once(separator) {
                    Some((field, rest)) => (field, Some(rest)),
                    None => (line, None),
                };
                fields.push(field.trim().to_owned());
                match rest {
                    Some(rest) => line = rest,
                    None => return Ok(fields),
                }
                continue;
            };
            let mut field = String::new();
            let after = loop {
                match quoted.split_once('"') {
                    Some((part, rest)) => {
                        field.push_str(part);
                        match rest.strip_prefix('"') {
                            Some(rest) => {
                                field.push('"');
                                quoted = rest;
                            }
                            None => break rest.trim_start_matches(' '),
                        }
                    }
                    None => {
                        field.push_str(quoted);
                        field.push('\n');
                        quoted = self.next().ok_or(Fault::QuoteOpen)?.1;
                    }
                }
            };
            fields.push(field.trim().to_owned());
            match after.strip_prefix(separator) {
                Some(rest) => line = rest,
                None if after.is_empty() => return Ok(fields),
                None => return Err(Fault::QuoteFollowed),
            }
        }
    }

    /// A prompt on lines of its own: a spreadsheet's quoted cell, or the line as it stands.
    fn cell(&mut self, line: &'a str) -> String {
        match self.record(line, '\0') {
            Ok(fields) if line.starts_with('"') => fields.concat(),
            _ => line.trim().to_owned(),
        }
    }
}

const PROMPT: &str = "prompt";
const MODEL: &str = "model";
const MODE: &str = "mode";
const IMAGES: &str = "images";
const ASPECT: &str = "aspect_ratio";
const RESOLUTION: &str = "resolution";
const DURATION: &str = "duration";
const SEED: &str = "seed";
const WATERMARK: &str = "watermark";

/// Headings by the column they mean.
const COLUMNS: [(&str, &[&str]); 9] = [
    (PROMPT, &["prompt", "prompts"]),
    (MODEL, &["model"]),
    (MODE, &["mode", "generationtype"]),
    (IMAGES, &["images", "image", "imageurls"]),
    (ASPECT, &["aspectratio", "aspect", "ratio"]),
    (RESOLUTION, &["resolution"]),
    (DURATION, &["duration", "seconds"]),
    (SEED, &["seed", "seeds"]),
    (WATERMARK, &["watermark"]),
];

/// Which column means what.
struct Heading {
    separator: char,
    columns: Vec<Option<&'static str>>,
}

impl Heading {
    fn find(text: &str, faults: &mut Vec<(usize, Fault)>) -> Option<Self> {
        let line = Lines::new(text).next()?.1;
        [',', ';', '\t'].into_iter().find_map(|separator| {
            let names = Lines::new("").fields(line, separator).ok()?;
            let columns: Vec<_> = names.iter().map(|name| column(name)).collect();
            if !columns.contains(&Some(PROMPT)) {
                return None;
            }
            let unknown =
                names.iter().zip(&columns).filter(|(name, known)| known.is_none() && !name.is_empty());
            faults.extend(unknown.map(|(name, _)| (1, Fault::UnknownColumn(name.clone()))));
            Some(Heading { separator, columns })
        })
    }

    fn apply(&self, fields: &[String], base: &Generate) -> Result<Generate, Fault> {
        if fields.iter().skip(self.columns.len()).any(|field| !field.is_empty()) {
            return Err(Fault::TooManyFields);
        }
        let mut generate = Generate { prompt: String::new(), ..base.clone() };
        for (column, value) in self.columns.iter().zip(fields) {
            if let Some(column) = *column
                && !value.is_empty()
            {
                put(&mut generate, column, value)
                    .ok_or_else(|| Fault::Unreadable { column, value: value.clone() })?;
            }
        }
        if !self.columns.contains(&Some(MODE)) && self.columns.contains(&Some(IMAGES)) {
            generate.mode = match generate.image_urls.len() {
                0 => Mode::Text,
                1 | 2 => Mode::Frames,
                _ => Mode::References,
            };
        }
        Ok(generate)
    }
}

fn column(name: &str) -> Option<&'static str> {
    let name: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    COLUMNS.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(column, _)| *column)
}

/// Reads one field; `None` if it makes no sense there.
fn put(generate: &mut Generate, column: &str, value: &str) -> Option<()> {
    let word = value.to_ascii_lowercase();
    match column {
        PROMPT => generate.prompt = value.to_owned(),
        MODEL => {
            generate.model = match word.as_str() {
                "quality" | "veo3" => Model::Quality,
                "fast" | "veo3_fast" => Model::Fast,
                "lite" | "veo3_lite" => Model::Lite,
                _ => return None,
            }
        }
        MODE => {
            generate.mode = match word.as_str() {
                "text" | "text_2_video" => Mode::Text,
                "frames" | "first_and_last_frames_2_video" => Mode::Frames,
                "references" | "reference_2_video" => Mode::References,
                _ => return None,
            }
        }
        IMAGES => {
            generate.image_urls =
                value.split([' ', '|', '\n']).filter(|url| !url.is_empty()).map(str::to_owned).collect()
        }
        ASPECT => {
            generate.aspect_ratio = match word.as_str() {
                "16:9" => AspectRatio::Landscape,
                "9:16" => AspectRatio::Portrait,
                "auto" => AspectRatio::Auto,
                _ => return None,
            }
        }
        RESOLUTION => {
            generate.resolution = match word.as_str() {
                "720p" => Resolution::P720,
                "1080p" => Resolution::P1080,
                "4k" => Resolution::P4k,
                _ => return None,
            }
        }
        DURATION => generate.duration_s = word.trim_end_matches('s').trim().parse().ok()?,
        SEED => generate.seed = Some(value.parse().ok()?),
        _ => generate.watermark = Some(value.to_owned()),
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::price;
    use proptest::prelude::*;
    use rstest::rstest;

    fn base() -> Generate {
        Generate { seed: Some(20_000), ..Generate::default() }
    }

    fn prompts(text: &str) -> Vec<String> {
        read(text, &base(), &[]).rows.into_iter().map(|row| row.generate.prompt).collect()
    }

    #[rstest]
    #[case("A boat\n\n  A kite  \r\nRain, and \"more\"", &["A boat", "A kite", "Rain, and \"more\""])]
    #[case("\u{feff}\"Two\nlines, one \"\"cell\"\"\"\nNext", &["Two\nlines, one \"cell\"", "Next"])]
    #[case("\"A boat,\" she said\nNext", &["\"A boat,\" she said", "Next"])]
    #[case("\"never closed\nNext", &["\"never closed", "Next"])]
    #[case("", &[])]
    fn each_line_is_a_prompt(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(prompts(text), expected);
        assert_eq!(read(text, &base(), &[]).faults, []);
    }

    #[rstest]
    #[case("Prompt,Model,Seed\n\"a, b\",lite,12345\nc,,\n")]
    #[case("prompt;model;seed\n\"a, b\"; veo3_lite ;12345\nc")]
    #[case("PROMPT\tmodel\tseed\na, b\tLite\t12345\nc\t\t")]
    fn a_heading_makes_it_csv(#[case] text: &str) {
        let batch = read(text, &base(), &[]);
        assert_eq!(batch.faults, []);
        let first = Generate { prompt: "a, b".into(), model: Model::Lite, seed: Some(12_345), ..base() };
        let second = Generate { prompt: "c".into(), ..base() };
        assert_eq!(batch.rows, [Row { line: 2, generate: first }, Row { line: 3, generate: second }]);
    }

    #[test]
    fn broken_rows_are_told_by_line_and_the_rest_is_usable() {
        let text = "prompt,model,duration,mood\n\
                    fine,,,\n\
                    \"open,fast,8,\n\
                    \"closed\" too early,fast\n\
                    a,b,c,d,e\n\
                    odd,veo9,8\n\
                    long,fast,nine\n\
                    short,fast,5\n\
                    ,fast,8\n\
                    \"two\nlines\",lite,4s\n";
        let batch = read(text, &base(), &[]);
        let unreadable = |column, value: &str| Fault::Unreadable { column, value: value.into() };
        let duration = Problem::NotAllowed { field: crate::models::Field::Duration };
        assert_eq!(
            batch.faults,
            [
                (1, Fault::UnknownColumn("mood".into())),
                (3, Fault::QuoteFollowed),
                (4, Fault::QuoteFollowed),
                (5, Fault::TooManyFields),
                (6, unreadable("model", "veo9")),
                (7, unreadable("duration", "nine")),
                (8, Fault::Wrong(vec![duration])),
                (9, Fault::Wrong(vec![Problem::PromptEmpty])),
            ]
        );
        let lines: Vec<_> = batch.rows.iter().map(|row| (row.line, row.generate.prompt.as_str())).collect();
        assert_eq!(lines, [(2, "fine"), (10, "two\nlines")]);
    }

    #[test]
    fn the_last_quote_may_stay_open() {
        assert_eq!(read("prompt\nfine\n\"open", &base(), &[]).faults, [(3, Fault::QuoteOpen)]);
    }

    #[test]
    fn images_choose_the_mode_unless_the_row_does() {
        let text = "prompt,images\na,https://a.example/1.png\nb,\n\
                    c,https://a.example/1.png https://a.example/2.png https://a.example/3.png";
        let batch = read(text, &base(), &[]);
        let modes: Vec<_> = batch.rows.iter().map(|row| row.generate.mode.clone()).collect();
        // References come in two shapes; the usual one is 16:9.
        assert_eq!(modes, [Mode::Frames, Mode::Text, Mode::References]);
        assert_eq!(batch.faults, []);
    }

    #[test]
    fn more_than_the_most_is_told_once() {
        let batch = read(&"a boat\n".repeat(MAX_ROWS + 9), &base(), &[]);
        assert_eq!((batch.rows.len(), batch.faults), (MAX_ROWS, vec![(MAX_ROWS + 1, Fault::TooMany)]));
    }

    #[test]
    fn the_price_is_that_of_all_rows_or_not_known() {
        let price = |generate: &Generate| price::estimate(&generate.model, &generate.resolution);
        assert_eq!(read("prompt,model\na,fast\nb,lite\n!,veo9", &base(), &[]).price(price), Some(90.0));
        assert_eq!(read("a\nb", &base(), &[]).price(|_| None), None);
    }

    proptest! {
        #[test]
        fn no_text_panics_and_every_line_is_accounted_for(text in "(prompt[,;\t]model\n)?([a-z\",; \r\n\t]|\u{feff}|纸){0,200}") {
            let batch = read(&text, &base(), &[]);
            let lines = text.split('\n').count();
            let numbers: Vec<_> = batch.rows.iter().map(|row| row.line).collect();
            prop_assert!(numbers.is_sorted_by(|a, b| a < b));
            prop_assert!(numbers.iter().chain(batch.faults.iter().map(|(line, _)| line)).all(|line| (1..=lines).contains(line)));
        }

        #[test]
        fn quoted_prompts_come_back_as_they_were(written in prop::collection::vec("[a-z\",;\n ]{0,20}[a-z]", 1..8)) {
            let rows: Vec<_> = written.iter().map(|prompt| format!("\"{}\",fast", prompt.replace('"', "\"\""))).collect();
            let batch = read(&format!("prompt,model\n{}", rows.join("\n")), &base(), &[]);
            let read: Vec<_> = batch.rows.iter().map(|row| row.generate.prompt.clone()).collect();
            let wanted: Vec<_> = written.iter().map(|prompt| prompt.trim().to_owned()).collect();
            prop_assert_eq!(read, wanted, "{:?}", batch.faults);
        }
    }
}
