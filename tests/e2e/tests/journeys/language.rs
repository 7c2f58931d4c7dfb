//! The page in another language.

use anyhow::Result;
use thirtyfour::Key;
use vireo_e2e::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn another_language_changes_the_texts_and_keeps_the_draft() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    studio.type_prompt("half a sent").await?;
    studio.press_button("Settings").await?;
    studio.wait_dialog("Settings").await?;
    studio.choose("Language", "简体中文").await?;
    studio.wait_dialog("设置").await?;
    studio.press_keys(Key::Escape).await?;
    studio.wait_no_dialog().await?;
    let focused = "return document.activeElement.textContent";
    studio
        .until("the focus where it was", async || {
            Ok((studio.run(focused, vec![]).await? == "设置").then_some(()))
        })
        .await?;
    assert_eq!(studio.value("提示词").await?, "half a sent");
    let language = studio.run("return document.documentElement.lang", vec![]).await?;
    assert_eq!(language, "zh-CN");
    let text = studio.text().await?;
    assert!(text.contains("生成") && !text.contains("Generate"), "{text}");

    // It is remembered.
    studio.driver().refresh().await?;
    studio.wait_text("提示词").await
}
