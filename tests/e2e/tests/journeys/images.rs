//! Images become videos, by address and by file; what cannot be used is stopped in the form.

use crate::form::refuses;
use anyhow::Result;
use std::io::Write;
use tempfile::NamedTempFile;
use vireo_e2e::{Stage, Studio};

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
    card.expect_words(&[
        "could not fetch an image",
        "Failed to fetch the image.",
        "returns the credits",
        "Check that the image is public",
    ])
    .await
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
    refuses(&studio, "at least 1 image").await?;

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
    refuses(&studio, "One of the images cannot be used.").await?;
    studio.remove_images().await?;

    // A file that claims to be larger than anybody's picture.
    let large = png("large.png", 0)?;
    large.as_file().set_len(101 * 1024 * 1024)?;
    studio.add_image_file(large.path()).await?;
    studio.wait_text("This image is larger than 100 MB.").await?;
    refuses(&studio, "One of the images cannot be used.").await?;
    assert_eq!(stage.ledger().requests, before, "something was sent");
    Ok(())
}

/// What stands at each image of the form, in order.
async fn tiles(studio: &Studio) -> Result<Vec<String>> {
    let read = "return [...document.querySelectorAll('li.image')].map((image) => image.innerText)";
    let tiles = studio.run(read, vec![]).await?;
    Ok(tiles.as_array().into_iter().flatten().filter_map(|tile| tile.as_str()).map(str::to_owned).collect())
}

/// How many uploads the page has sent.
async fn uploads(studio: &Studio) -> Result<u64> {
    let count = "return performance.getEntriesByType('resource').filter((entry) =>
        entry.name.includes('file-stream-upload')).length";
    Ok(studio.run(count, vec![]).await?.as_u64().unwrap_or_default())
}

/// Waits until every image of the form is at the provider.
async fn wait_uploaded(studio: &Studio) -> Result<()> {
    studio
        .until("the uploads", async || {
            let tiles = tiles(studio).await?;
            let there = tiles.iter().all(|tile| tile.contains("The provider deletes it"));
            Ok((there && !tiles.is_empty()).then_some(()))
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn images_change_places_and_go() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    studio.choose("Mode", "Frames").await?;
    for name in ["dawn.jpg", "dusk.jpg"] {
        studio.add_image_address(&format!("https://images.example/{name}")).await?;
    }
    let order = async || -> Result<Vec<bool>> {
        Ok(tiles(&studio).await?.iter().map(|tile| tile.contains("dawn")).collect())
    };
    studio.until("both", async || Ok((order().await? == [true, false]).then_some(()))).await?;
    studio.press_button("Swap first and last").await?;
    studio.until("the swap", async || Ok((order().await? == [false, true]).then_some(()))).await?;
    studio.press_button("Move dawn.jpg earlier").await?;
    studio.until("the move", async || Ok((order().await? == [true, false]).then_some(()))).await?;
    studio.press_button("Move dawn.jpg later").await?;
    let card = studio.order("backwards in time").await?;
    card.wait_state("succeeded").await?;
    // What was sent is in that order.
    studio.press_button("Remove image dusk.jpg").await?;
    card.press("Use again").await?;
    studio.until("the order sent", async || Ok((order().await? == [false, true]).then_some(()))).await?;
    assert_eq!(stage.ledger().charges, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn other_pictures_are_converted_and_large_ones_made_smaller() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    // Adding an image asks for a mode that uses it, and says so.
    let draw = "const canvas = new OffscreenCanvas(5000, 2500);
        canvas.getContext('2d').fillRect(9, 9, 99, 99);
        const large = new File([await canvas.convertToBlob()], 'large.png');
        const head = [66, 77, 58, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 24, 0];
        const other = new File([new Uint8Array([...head, ...Array(24).fill(0), 1, 2, 3, 0])], 'other.bmp');
        const transfer = new DataTransfer();
        transfer.items.add(large);
        transfer.items.add(other);
        const paste = new ClipboardEvent('paste', { bubbles: true });
        Object.defineProperty(paste, 'clipboardData', { value: transfer });
        document.dispatchEvent(paste);";
    studio.run(&format!("return (async () => {{ {draw} }})()"), vec![]).await?;
    studio.wait_text("Mode is now Frames, because Images need it.").await?;
    studio.wait_text("Made smaller: 3840×1920 px").await?;
    studio.wait_text("Converted to JPG").await?;
    wait_uploaded(&studio).await?;
    // Twice as wide as high: a wide video cuts a little, a tall one most.
    studio.wait_text("16:9 cuts 11 % of it").await?;
    studio.choose("Aspect ratio", "9:16").await?;
    studio.wait_text("9:16 cuts 72 % of it").await?;
    let card = studio.order("a very large room").await?;
    card.wait_state("succeeded").await?;
    assert_eq!(stage.ledger().charges, 1);
    assert!(studio.violations().await?.is_empty(), "{:?}", studio.violations().await?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_cancelled_and_goes_up_again() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    studio.choose("Mode", "Frames").await?;
    // Only a cancel ends it.
    stage.hold_uploads(true);
    let image = png("slow.png", 4 * 1024 * 1024)?;
    let name = image.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
    studio.add_image_file(image.path()).await?;
    studio.press_button(&format!("Cancel the upload of {name}")).await?;
    studio.wait_text("Upload cancelled").await?;
    studio.type_prompt("a slow boat").await?;
    refuses(&studio, "One of the images cannot be used.").await?;
    stage.hold_uploads(false);
    studio.press_button(&format!("Upload {name} again")).await?;
    wait_uploaded(&studio).await?;
    studio.generate().await?;
    studio.card("a slow boat").await?.wait_state("succeeded").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_used_again_and_renewed_when_it_has_run_out() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    studio.choose("Mode", "Frames").await?;
    let image = png("again.png", 0)?;
    let name = image.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
    studio.add_image_file(image.path()).await?;
    wait_uploaded(&studio).await?;
    studio.remove_images().await?;
    studio.toggle("Earlier uploads").await?;
    studio.press_button(&format!("Use {name} again")).await?;
    wait_uploaded(&studio).await?;
    studio.order("the same face").await?.wait_state("succeeded").await?;
    assert_eq!(uploads(&studio).await?, 1);

    // Two days later, with the page closed in between, its bytes are still on this device.
    let age = "const uploads = JSON.parse(localStorage['vireo-uploads']);
        for (const upload of uploads) upload.uploadedMs -= 48 * 3600 * 1000;
        localStorage['vireo-uploads'] = JSON.stringify(uploads);";
    studio.run(age, vec![]).await?;
    studio.reload().await?;
    studio.connect_with_key("not-a-real-key").await?;
    studio.wait_text("It goes up again when you generate.").await?;
    studio.order("the same face, older").await?.wait_state("succeeded").await?;
    assert_eq!(uploads(&studio).await?, 1, "since the reload");
    wait_uploaded(&studio).await?;
    assert_eq!(stage.ledger().charges, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_vanished_goes_up_again() -> Result<()> {
    let (stage, studio) = Stage::ready().await?;
    studio.choose("Mode", "Frames").await?;
    let image = png("gone.png", 0)?;
    studio.add_image_file(image.path()).await?;
    wait_uploaded(&studio).await?;
    stage.forget_uploads();
    let card = studio.order("a face that fades").await?;
    card.wait_state("failed").await?;
    card.expect_words(&["could not fetch an image", "returns the credits"]).await?;
    card.press("Use again").await?;
    studio.wait_text("It goes up again when you generate.").await?;
    studio.type_prompt("a face that comes back").await?;
    studio.generate().await?;
    studio.card("a face that comes back").await?.wait_state("succeeded").await?;
    assert_eq!(uploads(&studio).await?, 2);
    Ok(())
}
