//! The provider's answers: whatever the body, what comes out of it is bounded and harmless.

#![no_main]

use libfuzzer_sys::fuzz_target;
use veo_api::{ApiError, Generate, Reply, Spent, Upgrade};

fuzz_target!(|body: &str| {
    for status in [200, 404, 500] {
        read(&Reply { status, body: body.to_owned(), ..Reply::default() });
    }
    if let Some(callback) = veo_api::read_callback(body) {
        assert!(is_line(&callback.message));
        assert!(is_id(callback.task_id.as_str()));
    }
    if let Some(params) = Generate::from_param_json(body) {
        assert!(params.callback_url.is_none());
    }
});

fn read(reply: &Reply) {
    match veo_api::read_record(reply) {
        Ok(record) => {
            for urls in [&record.videos, &record.full_videos, &record.origin_videos] {
                assert!(urls.iter().all(|url| !url.is_empty() && !url.contains(' ')));
            }
            assert!(record.error_message.is_none_or(|words| is_line(&words)));
            assert!(record.params.is_none_or(|params| params.callback_url.is_none()));
            assert!(record.task_id.is_none_or(|task| is_id(task.as_str())));
        }
        Err(error) => check(&error),
    }
    match veo_api::read_created(reply) {
        Ok(task) => assert!(is_id(task.as_str())),
        Err(error) => check(&error),
    }
    for upgrade in [veo_api::read_1080p(reply), veo_api::read_4k(reply)] {
        match upgrade {
            Ok(Upgrade::Ready { urls, .. }) => assert!(!urls.is_empty()),
            Ok(Upgrade::Processing { message, .. }) => assert!(is_line(&message)),
            Err(error) => check(&error),
        }
    }
    match veo_api::read_credit(reply) {
        Ok(credits) => assert!(credits.is_finite()),
        Err(error) => check(&error),
    }
    for error in [veo_api::read_download_url(reply).err(), veo_api::read_upload(reply).err()].iter().flatten()
    {
        check(error);
    }
}

/// An error never says both that nothing was spent and that it may have been.
fn check(error: &ApiError) {
    assert!(is_line(error.message()));
    assert_eq!(error.is_refusal(), veo_api::spent_on_create(error) == Spent::No);
}

fn is_line(text: &str) -> bool {
    text.chars().count() <= 500 && !text.contains(char::is_control)
}

fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}
