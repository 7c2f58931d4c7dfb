//! A double of the relay, as far as a client can tell: one answer per `Idempotency-Key`.

use crate::net::deliver;
use axum::Router;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use veo_api::{Reply, Request};
use vireo_client::SendError;
use vireo_core::intent::IntentId;
use vireo_simulator::World;

pub(crate) struct Relay {
    world: World,
    provider: Router,
    /// What was answered under a key; `None` while the provider works on it.
    answers: Rc<RefCell<HashMap<IntentId, Option<Reply>>>>,
}

impl Relay {
    pub(crate) fn new(world: World, provider: Router) -> Self {
        Relay { world, provider, answers: Rc::default() }
    }

    /// Sends a paid request on once, whatever becomes of the one who asked, and repeats the answer afterwards.
    pub(crate) async fn answer(&self, request: &Request, key: Option<&IntentId>) -> Result<Reply, SendError> {
        if let Some(key) = request.path.strip_prefix("relay/intents/") {
            return Ok(self.what_became_of(key));
        }
        let Some(key) = key else { return deliver(&self.provider, request, None).await };
        match self.answers.borrow().get(key) {
            Some(Some(answer)) => return Ok(answer.clone()),
            Some(None) => return Ok(reply(409, "in flight")),
            None => {}
        }
        self.answers.borrow_mut().insert(key.clone(), None);
        let (world, provider, answers) =
            (self.world.clone(), self.provider.clone(), Rc::clone(&self.answers));
        let (request, key) = (request.clone(), key.clone());
        let upstream = tokio::task::spawn_local(async move {
            // A lost answer upstream heals as with the real relay by the callback, which names intent and task.
            let answer =
                deliver(&provider, &request, Some(&key)).await.unwrap_or_else(|_| called_back(&world, &key));
            answers.borrow_mut().insert(key, Some(answer.clone()));
            answer
        });
        Ok(upstream.await.expect("the relay does not panic"))
    }

    fn what_became_of(&self, key: &str) -> Reply {
        let answers = self.answers.borrow();
        let body = match answers.iter().find(|(known, _)| known.as_str() == key) {
            None => return reply(404, "never seen"),
            Some((_, None)) => r#"{"state":"sent"}"#.to_owned(),
            Some((_, Some(answer))) => match veo_api::read_created(answer) {
                Ok(task) => format!(r#"{{"state":"accepted","taskId":"{task}"}}"#),
                Err(_) => r#"{"state":"rejected"}"#.to_owned(),
            },
        };
        Reply { status: 200, body, ..Reply::default() }
    }
}

fn called_back(world: &World, key: &IntentId) -> Reply {
    let jobs = world.ledger().jobs;
    match jobs.iter().find(|job| job.intent.as_deref() == Some(key.as_str())) {
        Some(job) => {
            let body = format!(r#"{{"code":200,"msg":"success","data":{{"taskId":"{}"}}}}"#, job.task_id);
            Reply { status: 200, body, ..Reply::default() }
        }
        None => reply(502, "the provider was not reached"),
    }
}

fn reply(status: u16, words: &str) -> Reply {
    let body = format!(r#"{{"code":{status},"msg":"{words}","data":null}}"#);
    Reply { status, body, ..Reply::default() }
}
