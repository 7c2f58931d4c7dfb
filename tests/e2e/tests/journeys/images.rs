//! Images become videos, by address and by file; what cannot be used is stopped in the form.

use crate::form::refuses;
use anyhow::Result;
use std::io::Write;
use tempfile::NamedTempFile;
use vireo_e2e::Stage;

/// A PNG of one pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\xfc\xcf\xc0P\x0f\0\x04\x85\x01\x80\x84\xa9\x8c!\0\0\0\0IEND\xaeB`\x82";

/// A file that ends in `name` and holds the picture, followed by so many zeros.
pub(crate) fn png(name: &str, more: usize) -> Result<NamedTempFile> {
    file(name, &[PNG, &vec![0; more]].concat())
}

fn file(name: &str, bytes: &[u8]) -> Result<NamedTempFile> {
    let mut file = tempfile::Builder::new().suffix(name).tempfile()?;
    file.write_all(bytes)?;
    file.flush()?;
    Ok(file)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_by_address_becomes_a_video() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    studio.choose("Mode", "Frames").await?;
    studio.add_image_address("https://images.example/harbour.jpg").await?;
    studio.wait_text("First frame").await?;
    let card = studio.order("the harbour wakes up").await?;
    card.wait_state("succeeded").await?;
    card.play().await?;
    assert_eq!(stage.ledger().charges, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_the_provider_cannot_reach_is_told() -> Result<()> {
    let (_stage, studio) = Stage::ready().await?;
    studio.choose("Mode", "Frames").await?;
    studio.add_image_address("https://images.example/missing.jpg").await?;
    let card = studio.order("nothing comes to life").await?;
    card.wait_state("failed").await?;
    let says = ["could not fetch an image", "returns the credits", "Check that the image is public"];
    card.expect_words(&says).await?;
    card.expect_quote("Failed to fetch the image.").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_from_the_disk_is_uploaded_and_becomes_a_video() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    studio.choose("Mode", "Frames").await?;
    let (first, last) = (png("first.png", 0)?, png("last.png", 0)?);
    studio.add_image_file(first.path()).await?;
    studio.add_image_file(last.path()).await?;
    studio.wait_text("Last frame").await?;
    // Pressed while they may still be going up: it is sent as soon as they are there.
    let card = studio.order("from dawn to dusk").await?;
    card.wait_state("succeeded").await?;
    card.play().await?;
    assert_eq!(stage.ledger().by_prompt["from dawn to dusk"], 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_usable_image_is_not_sent() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    studio.wait_text("5,916.25 credits").await?;
    studio.choose("Mode", "Frames").await?;
    studio.type_prompt("a picture that is none").await?;
    refuses(&stage, &studio, "at least 1 image").await?;

    let before = stage.ledger().requests;
    for address in [
        "javascript:alert(1)",
        "data:text/html,hello",
        "file:///etc/hosts",
        "http://192.168.1.1/cat.png",
        "http://127.0.0.1:9/cat.png",
        "cat.png",
    ] {
        studio.add_image_address(address).await?;
        studio.wait_alert("This address does not work").await?;
        let page = studio.run("return document.body.outerHTML", vec![]).await?.to_string();
        assert!(!page.contains(address), "{address} is in the page");
        studio.fill("Image URL", "").await?;
        // A good address takes the reason away, so that each one has to bring its own.
        studio.add_image_address("https://images.example/cat.png").await?;
        studio.press_button("Remove image cat.png").await?;
    }

    let text = file("text.png", b"this is no picture")?;
    studio.add_image_file(text.path()).await?;
    studio.wait_text("This is not a JPG, PNG or WebP image.").await?;
    refuses(&stage, &studio, "One of the images cannot be used.").await?;
    studio.remove_images().await?;

    let large = png("large.png", 12 * 1024 * 1024)?;
    studio.add_image_file(large.path()).await?;
    studio.wait_text("This image is larger than 10 MB.").await?;
    refuses(&stage, &studio, "One of the images cannot be used.").await?;
    assert_eq!(stage.ledger().requests, before, "something was sent");
    Ok(())
}
