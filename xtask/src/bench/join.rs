//! `join`: how long the browser takes to make one film of several clips, against ffmpeg doing the same.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};

use super::serve::serve;
use super::webdriver::Chromium;
use crate::process::{find, root, run, say};
use crate::{browser, table};

const CLIPS: [&str; 2] = ["dusk-wide-1080p.mp4", "aurora-wide-1080p.mp4"];
const COUNTS: [usize; 3] = [2, 8, 18];
const ROUNDS: usize = 5;

/// Joins as many clips as it is told and gives the seconds of each round, the download and the parsing not counted.
const JOIN: &str = r#"
const [count, rounds, names, tell] = [COUNT, ROUNDS, NAMES, arguments[0]];
const work = async () => {
  const { join } = await import(new URL('film.js', location));
  const blobs = await Promise.all(names.map(async (name) => (await fetch(name)).blob()));
  const clips = Array.from({ length: count }, (_, place) => ({ blob: blobs[place % blobs.length] }));
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    const film = await join(clips);
    times.push((performance.now() - start) / 1000);
    if (film.size < count * 10_000) throw new Error('the film is too small');
  }
  return times;
};
work().then(tell, (error) => tell(String(error)));
"#;

/// Seconds and memory to join 2, 8 and 18 clips of 1080p.
pub fn join() -> Result<()> {
    let browser = browser::ensure()?;
    let folder = stage()?;
    let address = serve(&folder)?;
    let has_ffmpeg = find("ffmpeg").is_some();
    say(&format!("Joining {COUNTS:?} clips of 8 s in 1080p, {ROUNDS} times each (about 20 seconds)"));
    if !has_ffmpeg {
        say("ffmpeg is not here: there is nothing to compare with");
    }
    let mut rows = Vec::new();
    for count in COUNTS {
        let (seconds, megabytes) = in_browser(&browser, &address, count)?;
        let floor = if has_ffmpeg { Some(by_ffmpeg(&folder, count)?) } else { None };
        rows.push(vec![
            count.to_string(),
            format!("{seconds:.3}"),
            floor.map_or(String::new(), |floor| format!("{floor:.3}")),
            floor.map_or(String::new(), |floor| format!("{:.1}", seconds / floor)),
            megabytes.map_or(String::new(), |megabytes| format!("{megabytes:.0}")),
        ]);
    }
    let head = ["clips joined, median s", "Vireo", "ffmpeg -c copy", "ratio", "peak MB more, browser"];
    table::print(&head, &rows);
    Ok(())
}

/// A folder with the module as the page has it, the clips, and a page that is empty.
fn stage() -> Result<PathBuf> {
    let folder = root().join("target/bench-join");
    // What an earlier run left would be served too.
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder)?;
    let www = root().join("www");
    let clips = root().join("crates/simulator/clips");
    let files = [www.join("film.js"), www.join("vendor/mediabunny.js")];
    for file in files.into_iter().chain(CLIPS.map(|name| clips.join(name))) {
        let name = file.file_name().context("a file has a name")?;
        fs::copy(&file, folder.join(name)).with_context(|| file.display().to_string())?;
    }
    fs::write(folder.join("index.html"), "<!DOCTYPE html><title>Join</title>")?;
    Ok(folder)
}

fn in_browser(browser: &browser::Browser, address: &str, count: usize) -> Result<(f64, Option<f64>)> {
    let chromium = Chromium::start(browser)?;
    chromium.open(address)?;
    let before = peak_kilobytes(chromium.process_id());
    let names = serde_json::to_string(&CLIPS)?;
    let script = JOIN
        .replace("COUNT", &count.to_string())
        .replace("ROUNDS", &ROUNDS.to_string())
        .replace("NAMES", &names);
    let answer = chromium.ask(&script)?;
    let times = answer.as_array().with_context(|| answer.to_string())?;
    let after = peak_kilobytes(chromium.process_id());
    let more = before.zip(after).map(|(before, after)| (after.saturating_sub(before)) as f64 / 1024.0);
    Ok((median(times.iter().filter_map(serde_json::Value::as_f64).collect()), more))
}

/// The peaks of a process and all that descend from it, together; only Linux tells.
fn peak_kilobytes(ancestor: u32) -> Option<u64> {
    let mut processes: HashMap<u32, (u32, u64)> = HashMap::new();
    for entry in fs::read_dir("/proc").ok()?.flatten() {
        let Ok(id) = entry.file_name().to_string_lossy().parse() else { continue };
        let status = fs::read_to_string(entry.path().join("status")).unwrap_or_default();
        let number = |name: &str| {
            let rest = status.lines().find_map(|line| line.strip_prefix(name))?;
            rest.split_whitespace().next()?.parse::<u64>().ok()
        };
        processes.insert(id, (number("PPid:").unwrap_or(0) as u32, number("VmHWM:").unwrap_or(0)));
    }
    let descends = |mut id: u32| loop {
        match processes.get(&id) {
            _ if id == ancestor => return true,
            Some((parent, _)) if *parent != id => id = *parent,
            _ => return false,
        }
    };
    Some(processes.iter().filter(|(id, _)| descends(**id)).map(|(_, (_, peak))| peak).sum())
}

fn by_ffmpeg(folder: &Path, count: usize) -> Result<f64> {
    let lines: Vec<String> =
        CLIPS.iter().cycle().take(count).map(|name| format!("file '{name}'\n")).collect();
    let list = folder.join("list.txt");
    fs::write(&list, lines.concat())?;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-v", "error", "-nostdin", "-y", "-f", "concat", "-i"]).arg(&list);
        run(ffmpeg.args(["-c", "copy", "-movflags", "+faststart"]).arg(folder.join("joined.mp4")))?;
        times.push(start.elapsed().as_secs_f64());
    }
    Ok(median(times))
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
