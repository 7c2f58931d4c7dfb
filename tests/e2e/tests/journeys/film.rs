//! Films longer than one clip: a storyboard, generated in a chain, played and exported as one file.

use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;
use vireo_e2e::{Stage, Studio};

/// Opens the storyboard and makes each prompt a shot.
pub(crate) async fn put_together(studio: &Studio, prompts: &[&str]) -> Result<()> {
    studio.type_prompt("to be written").await?;
    studio.press_button("Storyboard").await?;
    studio.wait_dialog("Storyboard").await?;
    for (n, prompt) in (1..).zip(prompts) {
        studio.press_button("Add the form as a shot").await?;
        studio.paste(&format!("Prompt of shot {n}"), prompt).await?;
    }
    Ok(())
}

/// Ticks "Begins with the last frame of the shot before".
async fn chain(studio: &Studio, n: usize) -> Result<()> {
    let tick = "document.querySelector(`li[aria-label='Shot ${arguments[0]}'] input[type=checkbox]`).click()";
    studio.run(tick, vec![n.into()]).await.map(drop)
}

pub(crate) async fn standings(studio: &Studio) -> Result<Vec<String>> {
    let read =
        "return [...document.querySelectorAll('li[data-standing]')].map((shot) => shot.dataset.standing)";
    let standings = studio.run(read, vec![]).await?;
    Ok(standings.as_array().into_iter().flatten().filter_map(|one| one.as_str()).map(str::to_owned).collect())
}

pub(crate) async fn wait_standings(studio: &Studio, wanted: &[&str]) -> Result<()> {
    studio
        .until(&format!("shots that are {wanted:?}"), async || {
            Ok((standings(studio).await? == wanted).then_some(()))
        })
        .await
}

/// Exports the film and waits for the file.
pub(crate) async fn export(studio: &Studio) -> Result<PathBuf> {
    studio.press_button("Export MP4").await?;
    studio.downloaded(".mp4").await
}

/// What ffprobe says about a file; `None` where there is no ffprobe.
fn probe(file: &Path, arguments: &[&str]) -> Result<Option<String>> {
    let mut command = Command::new("ffprobe");
    command.args(["-v", "error", "-of", "csv=p=0"]).args(arguments).arg(file);
    let output = match command.output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        output => output.context("ffprobe")?,
    };
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success() && said.is_empty(), "ffprobe: {said}");
    Ok(Some(String::from_utf8(output.stdout)?))
}

fn numbers(text: &str) -> Vec<f64> {
    text.split([',', '\n']).filter_map(|word| word.trim().parse().ok()).collect()
}

/// Clips of 8 s at 24 frames/s and 48 kHz: pictures and sound of the film stay together at every joint.
pub(crate) fn is_whole(file: &Path, clips: usize) -> Result<()> {
    let frames = clips * 192;
    let Some(pictures) = probe(file, &["-select_streams", "v", "-show_entries", "packet=pts_time"])? else {
        eprintln!("ffprobe is not here: the exported file was only played");
        return Ok(());
    };
    let mut pictures = numbers(&pictures);
    pictures.sort_by(f64::total_cmp);
    assert_eq!(pictures.len(), frames);
    for (place, time) in pictures.iter().enumerate() {
        assert!((time - place as f64 / 24.0).abs() < 0.001, "picture {place} stands at {time} s");
    }
    let sound =
        probe(file, &["-select_streams", "a", "-show_entries", "packet=pts_time"])?.unwrap_or_default();
    let sound = numbers(&sound);
    let packet = 1024.0 / 48_000.0;
    for (place, time) in sound.iter().enumerate() {
        // The first packet is the decoder's run-up. No hole and no overlap anywhere, so no joint is off.
        let ideal = (place as f64 - 1.0) * packet;
        assert!((time - ideal).abs() < 0.001, "sound packet {place} stands at {time} s, not {ideal} s");
    }
    let ends = (sound.len() as f64 - 1.0) * packet;
    assert!((ends - 8.0 * clips as f64).abs() < 0.04, "the sound ends at {ends} s");
    // Decodes every picture and every sound; a fault is an error.
    let decoded =
        probe(file, &["-count_frames", "-select_streams", "v", "-show_entries", "stream=nb_read_frames"])?;
    assert_eq!(numbers(&decoded.unwrap_or_default()), [frames as f64]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_becomes_one_film() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    studio.wait_text("5,916.25 credits").await?;
    let prompts = ["a boat leaves", "the storm comes", "the boat comes home"];
    put_together(&studio, &prompts).await?;
    chain(&studio, 2).await?;
    chain(&studio, 3).await?;
    wait_standings(&studio, &["ready", "waits", "waits"]).await?;
    assert_eq!(stage.ledger().charges, 0);
    studio.press_button("Generate the rest · 180 credits").await?;
    wait_standings(&studio, &["done"; 3]).await?;
    studio.wait_said("Video ready: the boat comes home").await?;
    let focused = "const one = document.activeElement; return [one.textContent, one.ariaDisabled]";
    assert_eq!(studio.run(focused, vec![]).await?, json!(["Generate the rest", "true"]));
    let ledger = stage.ledger();
    let bought: Vec<_> = ledger.jobs.iter().filter_map(|job| job.prompt.as_deref()).collect();
    assert_eq!(bought, prompts, "each once, and in order");

    studio.press_button("Play film").await?;
    let length = studio
        .until("the film to play", async || {
            let read = "const film = document.querySelector('video[aria-label=\"The film\"]');
                // Where a click is too long ago for a film to begin by itself, a person presses its button.
                if (film.paused) film.play().catch(() => {});
                return film.currentTime > 0 && film.videoHeight ? film.duration : null";
            Ok(studio.run(read, vec![]).await?.as_f64())
        })
        .await?;
    assert!((length - 24.0).abs() < 0.042, "{length} s");
    studio.wait_said("The film is ready").await?;
    let focused = "return document.activeElement.textContent";
    assert_eq!(studio.run(focused, vec![]).await?, "Play film");

    if !studio.has_downloads() {
        return Ok(());
    }
    let file = export(&studio).await?;
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    assert!(name.ends_with("_a-boat-leaves_film.mp4"), "{name}");
    is_whole(&file, 3)?;

    // The last one begins with a picture that was taken from the one before.
    studio.press_button("Close").await?;
    studio.card(prompts[2]).await?.press("Use again").await?;
    let images = "return [document.querySelector('[name=mode]:checked').value,
        ...[...document.querySelectorAll('.image')].map((image) => image.innerText)].join('\\n')";
    let images = studio.run(images, vec![]).await?.to_string();
    assert!(images.contains("FIRST_AND_LAST_FRAMES_2_VIDEO") && images.contains("First frame"), "{images}");
    assert!(studio.violations().await?.is_empty(), "{:?}", studio.violations().await?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn pressing_again_while_a_frame_is_taken_buys_nothing_more() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    put_together(&studio, &["an owl wakes", "the owl flies"]).await?;
    chain(&studio, 2).await?;
    studio.press_button("Generate · 60 credits, shot 1").await?;
    wait_standings(&studio, &["done", "ready"]).await?;
    // Until its first picture is there the shot is not handed in.
    let again = "const button = document.querySelector('dialog .button--main');
        button.click();
        for (const ms of [100, 250, 500]) setTimeout(() => button.click(), ms);";
    studio.run(again, vec![]).await?;
    wait_standings(&studio, &["done"; 2]).await?;
    assert_eq!(stage.ledger().charges, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_whose_middle_fails_waits_for_a_person() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    put_together(&studio, &["a seed", "a shoot [sim:policy]", "a tree"]).await?;
    chain(&studio, 2).await?;
    chain(&studio, 3).await?;
    studio.press_button("Generate the rest · 180 credits").await?;
    wait_standings(&studio, &["done", "failed", "waits"]).await?;
    // Nothing goes on by itself: the button offers what is left once more.
    studio.wait_text("Generate the rest · 120 credits").await?;
    assert_eq!(stage.ledger().charges, 2);

    // It survives a reload, and a take in other words heals the chain.
    studio.reload().await?;
    studio.connect_with_key("not-a-real-key").await?;
    studio.press_button("Storyboard").await?;
    wait_standings(&studio, &["done", "failed", "waits"]).await?;
    studio.paste("Prompt of shot 2", "a shoot").await?;
    studio.press_button("New take · 60 credits, shot 2").await?;
    wait_standings(&studio, &["done", "done", "ready"]).await?;
    assert_eq!(stage.ledger().by_prompt["a shoot"], 1);
    assert!(!stage.ledger().by_prompt.contains_key("a tree"), "nobody agreed to that after the reload");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn clips_of_two_sizes_are_not_joined_and_the_reason_is_told() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    studio.order("wide water").await?.wait_state("succeeded").await?;
    studio.choose("Aspect ratio", "9:16").await?;
    studio.order("tall tower").await?.wait_state("succeeded").await?;
    studio.press_button("Storyboard").await?;
    for prompt in ["wide water", "tall tower"] {
        let pick = "const select = document.querySelector('select[aria-label^=\"Add a video\"]');
            select.value = [...select.options].find((option) => option.text === arguments[0]).value;
            select.dispatchEvent(new Event('change', { bubbles: true }));";
        studio
            .until("the video to choose", async || Ok(studio.run(pick, vec![prompt.into()]).await.ok()))
            .await?;
    }
    wait_standings(&studio, &["done", "done"]).await?;
    studio.press_button("Export MP4").await?;
    studio.wait_alert("Shot 2 measures 720×1280, the first one 1280×720.").await?;

    // They play one after the other all the same.
    studio.press_button("Play film").await?;
    for height in [720, 1280] {
        let what = format!("the clip that is {height} high");
        studio
            .until(&what, async || {
                let film =
                    "const film = document.querySelector('video[aria-label=\"The film\"]:not([hidden])');
                    if (film.videoHeight === arguments[0] && film.currentTime > 0) return true;
                    if (film.paused) film.play().catch(() => {});
                    // Nobody has to watch eight seconds of it. What did not begin yet is not moved: WebKit would stand still.
                    if (film.currentTime > 0 && film.currentTime < 7) film.currentTime = 7.9;
                    return false;";
                Ok(studio.run(film, vec![height.into()]).await?.as_bool().unwrap_or(false).then_some(()))
            })
            .await?;
    }

    // Earlier, later, away: the film is what stands in the list.
    studio.press_button("Earlier, shot 2").await?;
    studio.press_button("Remove, shot 2").await?;
    wait_standings(&studio, &["done"]).await?;
    if !studio.has_downloads() {
        return Ok(());
    }
    let file = export(&studio).await?;
    assert!(file.to_string_lossy().ends_with("_tall-tower_film.mp4"), "{}", file.display());
    is_whole(&file, 1)
}
