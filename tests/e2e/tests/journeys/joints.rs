//! Clips whose parts do not end together, joined by the page's own `film.js`: pictures and sound of each clip stay
//! together. Each clip flashes and sounds at the same moment, so what is seen and heard tells.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use vireo_e2e::{Setup, Stage, Studio};

/// Encodes for a script's argument.
fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let sextet = |group: u32, place: u32| SIGNS[(group >> (18 - 6 * place)) as usize & 63] as char;
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group =
            chunk.iter().fold(0, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        text.extend((0..4).map(|place| if place <= chunk.len() as u32 { sextet(group, place) } else { '=' }));
    }
    text
}

/// Calls a function of `film.js` with clips, and returns what `then` makes of its `answer`. A page of its own does it: a
/// driver's script has types of its own in Firefox, which `film.js` does not know.
async fn film(stage: &Stage, studio: &Studio, names: &[&str], call: &str) -> Result<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("clips");
    let clips = names.iter().map(|name| Ok(base64(&std::fs::read(folder.join(format!("{name}.mp4")))?)));
    let clips: Vec<String> = clips.collect::<Result<_>>()?;
    let script = format!(
        "import * as film from './film.js';
        const clips = {}.map((text) => ({{ blob: new Blob([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))]) }}));
        const numbers = async (blob) => [...new Uint8Array(await blob.arrayBuffer())];
        const answer = async () => {{ try {{ {call} }} catch (error) {{ return [error.code, error.clip]; }} }};
        document.body.dataset.answer = JSON.stringify(await answer());",
        json!(clips)
    );
    stage.site.deploy("joint.js", &script);
    stage.site.deploy(
        "joint.html",
        "<!DOCTYPE html><title>Joint</title><body><script type=module src=joint.js></script>",
    );
    studio.driver().goto(format!("{}joint.html", stage.site.url())).await?;
    let answer = studio
        .until("the answer of film.js", async || {
            let answer = studio.run("return document.body.dataset.answer", vec![]).await?;
            Ok(answer.as_str().map(str::to_owned))
        })
        .await?;
    Ok(serde_json::from_str(&answer)?)
}

async fn join(stage: &Stage, studio: &Studio, names: &[&str]) -> Result<Vec<u8>> {
    let film = film(stage, studio, names, "return await numbers(await film.join(clips));").await?;
    let bytes = film.as_array().context("the film is no list of bytes")?;
    bytes.iter().map(|byte| byte.as_u64().and_then(|byte| byte.try_into().ok()).context("no byte")).collect()
}

/// What ffmpeg tells while it decodes a file through a filter; `None` where there is no ffmpeg. A fault is an error.
fn decoded(file: &Path, filter: [&str; 2]) -> Result<Option<String>> {
    let run = |level: &str, filter: &[&str]| {
        let mut command = Command::new("ffmpeg");
        command.args(["-v", level, "-nostats", "-nostdin", "-i"]).arg(file).args(filter);
        command.args(["-f", "null", "-"]).output()
    };
    let faults = match run("error", &[]) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        output => String::from_utf8_lossy(&output?.stderr).into_owned(),
    };
    ensure!(faults.is_empty(), "{faults}");
    Ok(Some(String::from_utf8_lossy(&run("info", &filter)?.stderr).into_owned()))
}

fn times(said: &str, name: &str) -> Vec<f64> {
    let numbers = said.split(name).skip(1);
    numbers.filter_map(|rest| rest.split_whitespace().next()?.parse().ok()).collect()
}

/// Joins clips and compares when it flashes and sounds with when it should, in seconds from the beginning of each clip.
async fn check(stage: &Stage, studio: &Studio, clips: &[(&str, Option<f64>)]) -> Result<()> {
    let names: Vec<&str> = clips.iter().map(|(name, _)| *name).collect();
    let film = join(stage, studio, &names).await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("film.mp4");
    std::fs::write(&file, film)?;
    let Some(seen) = decoded(&file, ["-vf", "negate,blackdetect=d=0.1:pic_th=0.9"])? else {
        eprintln!("ffmpeg is not here: nobody has looked at the joints");
        return Ok(());
    };
    let heard = decoded(&file, ["-af", "silencedetect=n=-30dB:d=0.1"])?.unwrap_or_default();
    let length = 3.0 * clips.len() as f64;
    let flashes: Vec<f64> = times(&seen, "black_start:");
    // The last silence ends with the film.
    let tones: Vec<f64> =
        times(&heard, "silence_end:").into_iter().filter(|end| *end < length - 0.1).collect();
    let begins = |place: usize| 3.0 * place as f64;
    let wanted: Vec<f64> = (0..clips.len()).map(|place| begins(place) + 0.5).collect();
    let near = |found: &[f64], wanted: &[f64], within: f64| {
        found.len() == wanted.len() && found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < within)
    };
    assert!(near(&flashes, &wanted, 0.042), "{names:?} flash at {flashes:?}, not at {wanted:?}");
    let wanted: Vec<f64> =
        clips.iter().enumerate().filter_map(|(place, (_, tone))| Some(begins(place) + (*tone)?)).collect();
    assert!(near(&tones, &wanted, 0.04), "{names:?} sound at {tones:?}, not at {wanted:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sound_and_pictures_stay_together_at_every_joint() -> Result<()> {
    let stage = Stage::set(Setup::default()).await?;
    let studio = stage.open().await?;
    let (even, long, short) = (("even", Some(0.5)), ("long", Some(0.5)), ("short", Some(0.5)));
    check(&stage, &studio, &[even, long, short, even]).await?;
    check(&stage, &studio, &[("mute", None), even, ("mute", None), ("late", Some(0.8)), even]).await?;
    // Many joints, so that what is off by a little adds up.
    check(&stage, &studio, &[long, short, even, even, long, even, short, long, even, even]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_joined_is_told_and_a_clip_tells_what_it_is() -> Result<()> {
    let stage = Stage::set(Setup::default()).await?;
    let studio = stage.open().await?;
    let join = "return await numbers(await film.join(clips));";
    assert_eq!(film(&stage, &studio, &["even", "other-rate"], join).await?, json!(["audio", 1]));
    assert_eq!(film(&stage, &studio, &[], join).await?, json!(["empty", -1]));
    let broken = "clips[1].blob = new Blob(['<html>']); return await numbers(await film.join(clips));";
    assert_eq!(film(&stage, &studio, &["even", "even"], broken).await?, json!(["unreadable", 1]));
    let cancelled = "const stop = new AbortController();
        return await numbers(await film.join(clips, () => stop.abort(), stop.signal));";
    assert_eq!(film(&stage, &studio, &["even", "even"], cancelled).await?, json!(["cancelled", -1]));

    let facts = film(&stage, &studio, &["even"], "return await film.inspect(clips[0].blob);").await?;
    let sound = json!({ "audioCodec": "mp4a.40.2", "sampleRate": 48_000, "channels": 2 });
    let pictures = json!({ "width": 320, "height": 180, "fps": 24, "duration": 3 });
    for wanted in [sound, pictures] {
        for (name, value) in wanted.as_object().into_iter().flatten() {
            assert_eq!(facts[name].as_f64(), value.as_f64(), "{name} in {facts}");
            assert_eq!(facts[name].as_str(), value.as_str(), "{name} in {facts}");
        }
    }
    let last = "const picture = await createImageBitmap(await film.lastFrame(clips[0].blob));
        return [picture.width, picture.height];";
    assert_eq!(film(&stage, &studio, &["no-edits"], last).await?, json!([320, 180]));
    Ok(())
}
