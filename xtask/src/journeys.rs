//! Tests in real browsers, on a machine that does other things as well: a test that fails is played once more, alone,
//! and the report names it. What is broken fails twice; a browser that was starved of its processor does not.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process::{run, say};

/// More failures than these are no matter of chance.
const MOST: usize = 3;

/// Plays tests; `command` makes the command for words to the test program. Those that fail once are the answer.
pub fn play(command: impl Fn(&[&str]) -> Command, words: &[&str]) -> Result<Vec<String>> {
    let mut first = command(words);
    let mut child = first.stdout(Stdio::piped()).spawn().context("the tests could not be started")?;
    let mut failed = Vec::new();
    for line in BufReader::new(child.stdout.take().context("the tests say nothing")?).lines() {
        let line = line?;
        println!("{line}");
        failed.extend(failed_test(&line).map(str::to_owned));
    }
    let status = child.wait()?;
    if status.success() {
        return Ok(Vec::new());
    }
    if failed.is_empty() || failed.len() > MOST {
        bail!("the tests failed ({status})");
    }
    say(&format!("Once more, alone: {}", failed.join(", ")));
    let names = failed.iter().map(String::as_str);
    let words: Vec<&str> = ["--exact", "--test-threads=1"].into_iter().chain(names).collect();
    run(&mut command(&words))?;
    Ok(failed)
}

/// The test that a line of a test program's output reports as failed.
fn failed_test(line: &str) -> Option<&str> {
    line.strip_prefix("test ")?.strip_suffix(" ... FAILED")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A shell that plays a test program. Its words are lost.
    fn program(script: &str) -> impl Fn(&[&str]) -> Command {
        move |words| {
            let mut shell = Command::new("sh");
            shell.args(["-c", script, "sh"]).args(words);
            shell
        }
    }

    const FLAKY: &str = "case \"$*\" in *--exact*a::b) exit 0;; esac; echo 'test a::b ... FAILED'; exit 101";

    #[test]
    fn a_test_that_passes_the_second_time_is_named() {
        assert_eq!(play(program(FLAKY), &["a::"]).unwrap(), ["a::b"]);
        assert!(play(program("echo 'test a::b ... ok'"), &[]).unwrap().is_empty());
    }

    #[test]
    fn what_is_broken_fails() {
        let twice = "case \"$*\" in *--exact*) exit 101;; esac; echo 'test a::b ... FAILED'; exit 101";
        assert!(play(program(twice), &[]).is_err());
        assert!(play(program("echo 'it does not compile'; exit 101"), &[]).is_err(), "no test is named");
        let many = "case \"$*\" in *--exact*) exit 0;; esac; for t in a b c d; do echo \"test $t ... FAILED\"; done; exit 101";
        assert!(play(program(many), &[]).is_err(), "too many for chance");
    }
}
