//! The very files of `dist/` on the servers that `docs/deploying.md` has recipes for, set up by the recipes' own words.
//! A server that is not on this machine is not tried; `cargo xtask test` brings nginx and Caddy where it may.

mod server;

use anyhow::{Context, Result};
use rstest::rstest;
use serde_json::{Value, json};
use server::Server;
use vireo_e2e::{Setup, Stage, Studio};

/// What each kind of file is served as: its type, and how long it may be kept.
const SERVED: [(&str, &str, &str); 8] = [
    ("./", "text/html", "no-cache"),
    ("boot.js", "text/javascript", "no-cache"),
    ("config.json", "application/json", "no-cache"),
    ("manifest.webmanifest", "application/manifest+json", "no-cache"),
    ("{wasm}", "application/wasm", "immutable"),
    ("{style}", "text/css", "immutable"),
    ("embed/vireo-studio.js", "text/javascript", "no-cache"),
    ("embed/v{version}/vireo-studio.js", "text/javascript", "immutable"),
];

#[rstest]
#[case::nginx("nginx")]
#[case::caddy("caddy")]
#[case::workerd("workerd")]
#[case::pages_without_headers("pages")]
#[tokio::test(flavor = "multi_thread")]
async fn a_video_is_made_on(#[case] kind: &str) -> Result<()> {
    let stage = Stage::set(Setup::default()).await?;
    let studio = stage.visit().await?;
    let config = studio.run("return fetch('config.json').then((r) => r.json())", vec![]).await?;
    let Some(server) = Server::start(kind, &config).await? else {
        println!("{kind} is not here, so it was not tried");
        return Ok(());
    };
    studio.log().await?;
    studio.driver().goto(server.url()).await?;
    studio.wait_started().await?;
    if kind != "pages" {
        check_headers(&studio).await?;
    }
    studio.try_demo().await?;
    let card = studio.order("a lighthouse that signs for a parcel").await?;
    card.wait_state("succeeded").await?;
    card.play().await?;
    studio.driver().refresh().await?;
    studio.card("a lighthouse that signs for a parcel").await?.wait_state("succeeded").await?;
    // The one complaint is about the address that `check_headers` asks for in vain.
    let complaints = studio.console("SEVERE").await?;
    assert!(complaints.iter().all(|words| words.contains("/nowhere")), "{complaints:?}");
    Ok(())
}

async fn check_headers(studio: &Studio) -> Result<()> {
    let named = studio
        .run(
            "return { wasm: document.querySelector('script[data-wasm]').dataset.wasm,
                      style: document.querySelector('link[rel=stylesheet]').getAttribute('href') }",
            vec![],
        )
        .await?;
    let fill = |name: &str| {
        let name = name.replace("{version}", env!("CARGO_PKG_VERSION"));
        ["wasm", "style"].iter().fold(name, |name, key| {
            name.replace(&format!("{{{key}}}"), named[key].as_str().unwrap_or_default())
        })
    };
    let names: Vec<String> = SERVED.iter().map(|row| fill(row.0)).chain(["nowhere".to_owned()]).collect();
    let script = "return Promise.all(arguments[0].map(async (name) => {
        const { status, headers } = await fetch(name, { cache: 'no-store' });
        const told = (header) => headers.get(header) ?? '';
        return { status, type: told('content-type'), kept: told('cache-control'), coded: told('content-encoding'),
                 policy: told('content-security-policy'), readers: told('access-control-allow-origin') };
    }))";
    let answers = studio.run(script, vec![json!(names)]).await?;
    let answers: Vec<Value> = serde_json::from_value(answers)?;
    let (nowhere, answers) = answers.split_last().context("an answer")?;
    let has =
        |answer: &Value, field: &str, words: &str| answer[field].as_str().unwrap_or_default().contains(words);
    for ((name, kind, kept), answer) in SERVED.iter().zip(answers) {
        assert_eq!(answer["status"], 200, "{name}: {answer}");
        assert!(has(answer, "type", kind), "{name} should be {kind}: {answer}");
        assert!(has(answer, "kept", kept), "{name} should be {kept}: {answer}");
        assert!(has(answer, "policy", "require-trusted-types-for"), "{name}: {answer}");
        if name.starts_with("embed/") {
            assert_eq!(answer["readers"], "*", "{name}: {answer}");
        }
        if *name == "{wasm}" {
            assert!(
                ["br", "gzip", "zstd"].map(|coding| json!(coding)).contains(&answer["coded"]),
                "{name}: {answer}"
            );
        }
    }
    assert_eq!(nowhere["status"], 404, "{nowhere}");
    assert!(has(nowhere, "type", "text/html"), "{nowhere}");
    Ok(())
}
