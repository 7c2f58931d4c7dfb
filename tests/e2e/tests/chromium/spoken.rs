//! What a screen reader is told.

use anyhow::Result;
use vireo_e2e::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn roles_and_names_are_what_a_screen_reader_expects() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    studio.choose("Mode", "Frames").await?;
    studio.toggle("More options").await?;
    let expected = [
        ("textbox", "Prompt"),
        ("radiogroup", "Mode"),
        ("radio", "Text"),
        ("radio", "Frames"),
        ("radio", "References"),
        ("combobox", "Model"),
        ("radiogroup", "Aspect ratio"),
        ("radio", "16:9"),
        ("radio", "9:16"),
        ("radio", "Auto"),
        ("combobox", "Resolution"),
        ("combobox", "Duration"),
        ("button", "Add images"),
        ("textbox", "Image URL"),
        ("button", "Add URL"),
        ("spinbutton", "Seed"),
        ("textbox", "Watermark"),
        ("checkbox", "Translate prompt to English"),
        ("textbox", "Callback URL"),
        ("button", "Settings"),
        ("list", "Videos"),
    ];
    let spoken = studio.spoken().await?;
    let is_spoken = |role: &str, name: &str| spoken.iter().any(|(r, n)| r == role && n == name);
    let missing: Vec<_> = expected.iter().filter(|(role, name)| !is_spoken(role, name)).collect();
    assert!(missing.is_empty(), "not there: {missing:?}\nthere: {spoken:?}");
    assert!(spoken.iter().any(|(role, name)| role == "button" && name.starts_with("Generate")));

    studio.press_button("Settings").await?;
    studio.wait_dialog("Settings").await?;
    let spoken = studio.spoken().await?;
    for (role, name) in [
        ("dialog", "Settings"),
        ("radiogroup", "Connection"),
        ("radio", "My API key"),
        ("radio", "Relay"),
        ("textbox", "API key"),
        ("button", "Save"),
    ] {
        assert!(spoken.iter().any(|(r, n)| r == role && n == name), "{role} {name}: {spoken:?}");
    }
    Ok(())
}
