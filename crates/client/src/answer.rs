//! What a reply means for an intent: from the provider's words to an event of the machine.

use crate::platform::SendError;
use veo_api::{ApiError, Class, Record, Reply, Request, Status, TaskId, Upgrade, Upgrade4k};
use vireo_core::intent::{Cause, Height, Order, Outcome, Trouble};
use vireo_core::machine::Event;
use vireo_core::media_url::is_safe;

/// The request that buys `order`.
pub(crate) fn paid_request(order: &Order) -> Request {
    match order {
        Order::Generate(generate) => generate.request(),
        Order::Extend(extend) => extend.request(),
        Order::Upgrade { task_id, height: Height::P1080, index, .. } => veo_api::get_1080p(task_id, *index),
        Order::Upgrade { task_id, height: Height::P4k, index, callback_url } => {
            let (task_id, callback_url) = (task_id.clone(), callback_url.clone());
            Upgrade4k { task_id, index: *index, callback_url }.request()
        }
    }
}

/// The request that asks how an accepted order goes. Upgrades have no record of their own: asking again is the look.
pub(crate) fn look_request(order: &Order, task: &TaskId) -> Request {
    match order {
        Order::Upgrade { .. } => paid_request(order),
        _ => veo_api::record_info(task),
    }
}

/// What the answer to the paid request means.
pub(crate) fn created(order: &Order, answer: Result<Reply, SendError>, origins: &[String]) -> Event {
    let reply = match answer {
        Ok(reply) => reply,
        Err(SendError::NoKey) => return Event::NotSent(Trouble::new(Cause::NotSent)),
        Err(error) => {
            return Event::Lost(Trouble { cause: Cause::AnswerLost, code: None, words: error.to_string() });
        }
    };
    let read = match order {
        Order::Generate(_) | Order::Extend(_) => veo_api::read_created(&reply).map(Event::Accepted),
        Order::Upgrade { task_id, .. } => {
            read_upgrade(order, &reply).map(|upgrade| upgraded(upgrade, task_id, origins))
        }
    };
    read.unwrap_or_else(|error| {
        let trouble = Trouble::from_error(&error);
        match error.class() {
            _ if error.is_refusal() => Event::Refused(trouble),
            Class::Unavailable => Event::GaveUp(trouble),
            _ => Event::Lost(trouble),
        }
    })
}

/// What the answer to a look means.
pub(crate) fn looked(order: &Order, answer: Result<Reply, SendError>, origins: &[String]) -> Event {
    let reply = match answer {
        Ok(reply) => reply,
        Err(error) => {
            return Event::LookFailed(Trouble {
                cause: Cause::Unreachable,
                code: None,
                words: error.to_string(),
            });
        }
    };
    let read = match order {
        Order::Upgrade { task_id, .. } => match read_upgrade(order, &reply) {
            Ok(Upgrade::Processing { .. }) => Ok(Event::StillGenerating),
            Ok(upgrade) => Ok(upgraded(upgrade, task_id, origins)),
            Err(error) if is_final(&error) => Ok(Event::GaveUp(Trouble::from_error(&error))),
            Err(error) => Err(error),
        },
        _ => veo_api::read_record(&reply).map(|record| verdict(order, record, origins)),
    };
    read.unwrap_or_else(|error| Event::LookFailed(Trouble::from_error(&error)))
}

/// Of an upgrade that was accepted: it will not come.
fn is_final(error: &ApiError) -> bool {
    let refused = error.is_refusal() || error.class() == Class::Unavailable;
    refused && !error.is_transient() && !error.is_auth()
}

fn read_upgrade(order: &Order, reply: &Reply) -> Result<Upgrade, ApiError> {
    match order {
        Order::Upgrade { height: Height::P4k, .. } => veo_api::read_4k(reply),
        _ => veo_api::read_1080p(reply),
    }
}

fn upgraded(upgrade: Upgrade, task: &TaskId, origins: &[String]) -> Event {
    match upgrade {
        Upgrade::Processing { task_id, .. } => Event::Accepted(task_id.unwrap_or_else(|| task.clone())),
        Upgrade::Ready { urls, .. } => Event::Finished(sorted(urls, origins)),
    }
}

fn sorted(urls: Vec<String>, origins: &[String]) -> Outcome {
    let (urls, refused_urls) = urls.into_iter().partition(|url| is_safe(url, origins));
    Outcome { urls, refused_urls, ..Outcome::default() }
}

/// What a record delivered. An extension's own segment is second best to the stitched whole.
pub fn outcome_of(order: &Order, record: &Record, origins: &[String]) -> Outcome {
    let urls = match order {
        Order::Extend(_) if !record.full_videos.is_empty() => record.full_videos.clone(),
        _ => record.videos.clone(),
    };
    Outcome {
        resolution: record.resolution.as_deref().map(Into::into),
        has_audio: record.has_audio,
        seed: record.seed,
        started_ms: record.created_ms,
        completed_ms: record.completed_ms,
        ..sorted(urls, origins)
    }
}

fn verdict(order: &Order, record: Record, origins: &[String]) -> Event {
    match record.status {
        Status::Generating => Event::StillGenerating,
        Status::Succeeded => Event::Finished(outcome_of(order, &record, origins)),
        Status::Failed(flag) => {
            let words = record.error_message.unwrap_or_default();
            let class = veo_api::classify_failure(record.error_code, &words);
            Event::GaveUp(Trouble {
                cause: Cause::Provider(class),
                code: record.error_code.or(Some(flag)),
                words,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use veo_api::Body;

    #[test]
    fn an_upgrade_that_cannot_be_made_has_its_verdict_at_once() {
        let body = r#"{"code":500,"msg":"The 4K version of this video is unavailable. Please try a different video."}"#;
        let answer = || Ok(Reply { status: 200, body: body.to_owned(), ..Reply::default() });
        let task_id = TaskId::parse("abc").expect("an id");
        let order = Order::Upgrade { task_id, height: Height::P4k, index: 0, callback_url: None };
        let event = created(&order, answer(), &[]);
        assert!(
            matches!(&event, Event::GaveUp(trouble) if trouble.cause == Cause::Provider(Class::Unavailable))
        );
        assert_eq!(looked(&order, answer(), &[]), event);
    }

    #[test]
    fn an_upgrade_names_its_video_and_where_to_report() {
        let upgrade = |height| Order::Upgrade {
            task_id: TaskId::parse("abc").expect("an id"),
            height,
            index: 2,
            callback_url: Some("https://calls.example/back".into()),
        };
        assert_eq!(
            paid_request(&upgrade(Height::P1080)).path,
            "api/v1/veo/get-1080p-video?taskId=abc&index=2"
        );
        let request = paid_request(&upgrade(Height::P4k));
        let Body::Json(body) = &request.body else { panic!("4K is asked for by a body") };
        assert_eq!(body, r#"{"taskId":"abc","index":2,"callBackUrl":"https://calls.example/back"}"#);
        assert_eq!(look_request(&upgrade(Height::P4k), &TaskId::parse("other").expect("an id")), request);
    }
}
