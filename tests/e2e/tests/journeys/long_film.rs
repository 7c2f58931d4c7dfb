//! A film of two minutes: a storyboard of fifteen shots, generated, played, exported, and opened in another player.

use crate::film::{export, is_whole, put_together, standings};
use anyhow::Result;
use vireo_e2e::{Engine, Stage, play_elsewhere};

/// Fifteen clips of eight seconds are two minutes.
const SHOTS: usize = 15;

#[tokio::test(flavor = "multi_thread")]
async fn two_minutes_are_made_played_exported_and_open_elsewhere() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    let prompts: Vec<String> = (1..=SHOTS).map(|n| format!("scene {n} of the voyage")).collect();
    let prompts: Vec<&str> = prompts.iter().map(String::as_str).collect();
    put_together(&studio, &prompts).await?;
    studio.press_button("Generate the rest · 900 credits").await?;
    // One after the other: all together take longer than anything else that is waited for.
    for done in 1..=SHOTS {
        studio
            .until(&format!("{done} shots"), async || {
                let there = standings(&studio).await?;
                Ok((there.iter().filter(|one| *one == "done").count() >= done).then_some(()))
            })
            .await?;
    }
    assert_eq!(stage.ledger().charges, SHOTS);

    studio.press_button("Play film").await?;
    let length = studio
        .until("the film to play", async || {
            let read = "const players = [...document.querySelectorAll('video[aria-label=\"The film\"]')];
                const film = players.find((one) => !one.hidden && one.currentTime > 0 && one.videoHeight);
                return film ? film.duration : null";
            Ok(studio.run(read, vec![]).await?.as_f64())
        })
        .await?;
    if !studio.has_downloads() {
        // WebKitGTK may not manage the whole, and then plays the clips in turn.
        assert!([8.0, 120.0].iter().any(|wanted| (length - wanted).abs() < 0.042), "{length} s");
        return Ok(());
    }
    assert!((length - 120.0).abs() < 0.042, "{length} s");
    let file = export(&studio).await?;
    is_whole(&file, SHOTS)?;
    match play_elsewhere(Engine::Firefox, &file).await? {
        Some(length) => assert!((length - 120.0).abs() < 0.1, "{length} s in Firefox"),
        None => eprintln!("Firefox is not here: the film was played in Chromium only"),
    }
    Ok(())
}
