//! Browsers that ask after the same task in the same moment share one question to the provider.

use crate::upstream::{SendError, Upstream};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use veo_api::{Reply, TaskId, record_info};

type Question = BoxFuture<'static, Result<Reply, SendError>>;

/// Names of questions whose askers have left are swept out beyond this.
const SWEPT: usize = 1000;

/// The questions that are under way.
#[derive(Default)]
pub(crate) struct Polls(Mutex<HashMap<TaskId, WeakShared<Question>>>);

impl Polls {
    /// The record of a task: by the question that is under way, or by a new one.
    pub(crate) async fn ask(&self, upstream: &Arc<dyn Upstream>, task: &TaskId) -> Result<Reply, SendError> {
        let question = self.join(upstream, task);
        let answer = question.await;
        let mut under_way = self.lock();
        if under_way.get(task).is_some_and(|question| is_open(question).is_none()) {
            under_way.remove(task);
        }
        answer
    }

    fn join(&self, upstream: &Arc<dyn Upstream>, task: &TaskId) -> Shared<Question> {
        let mut under_way = self.lock();
        if let Some(question) = under_way.get(task).and_then(is_open) {
            return question;
        }
        if under_way.len() >= SWEPT {
            under_way.retain(|_, question| is_open(question).is_some());
        }
        let (upstream, request) = (Arc::clone(upstream), record_info(task));
        let question = async move { upstream.send(request.into()).await }.boxed().shared();
        under_way.extend(question.downgrade().map(|weak| (task.clone(), weak)));
        question
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TaskId, WeakShared<Question>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The question, if it has no answer yet: an answer is never older than the asking.
fn is_open(question: &WeakShared<Question>) -> Option<Shared<Question>> {
    question.upgrade().filter(|question| question.peek().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::Outgoing;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::Semaphore;

    struct Slow {
        asked: AtomicUsize,
        gate: Semaphore,
    }

    impl Upstream for Slow {
        fn send(&self, _: Outgoing) -> BoxFuture<'_, Result<Reply, SendError>> {
            self.asked.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move {
                let _open = self.gate.acquire().await;
                Ok(Reply::default())
            })
        }
    }

    #[tokio::test]
    async fn those_who_ask_together_share_and_those_who_come_later_do_not() {
        let slow = Arc::new(Slow { asked: AtomicUsize::new(0), gate: Semaphore::new(0) });
        let upstream: Arc<dyn Upstream> = Arc::clone(&slow) as _;
        let (polls, task) = (Polls::default(), TaskId::parse("a").unwrap());
        let other = TaskId::parse("b").unwrap();
        let open = async { slow.gate.add_permits(1) };
        let asked = tokio::join!(
            polls.ask(&upstream, &task),
            polls.ask(&upstream, &task),
            polls.ask(&upstream, &other),
            open
        );
        assert!(asked.0.is_ok() && asked.1.is_ok() && asked.2.is_ok());
        assert_eq!(slow.asked.load(Ordering::SeqCst), 2);
        polls.ask(&upstream, &task).await.unwrap();
        assert_eq!(slow.asked.load(Ordering::SeqCst), 3);
        assert!(polls.lock().is_empty());
    }

    #[tokio::test]
    async fn who_leaves_takes_nobody_along() {
        let slow = Arc::new(Slow { asked: AtomicUsize::new(0), gate: Semaphore::new(0) });
        let upstream: Arc<dyn Upstream> = Arc::clone(&slow) as _;
        let (polls, task) = (Polls::default(), TaskId::parse("a").unwrap());
        let left = polls.ask(&upstream, &task).now_or_never();
        assert!(left.is_none());
        slow.gate.add_permits(1);
        polls.ask(&upstream, &task).await.unwrap();
        assert_eq!(slow.asked.load(Ordering::SeqCst), 2);
    }
}
