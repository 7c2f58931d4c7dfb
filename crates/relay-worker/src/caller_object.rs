//! One caller's tasks: followed by alarm, told to the open event streams.

use crate::answer::Answer;
use crate::book::{Book, Task};
use crate::config::Config;
use crate::intent_object::again;
use crate::message::{Over, Place, Seen, Told, Upgraded, Wanted, to_purse};
use crate::serve::{lost, no_video};
use crate::{archive, media, now_ms, upstream};
use futures_channel::mpsc::{Sender, channel};
use futures_util::future::join_all;
use serde_json::Value;
use std::cell::RefCell;
use std::time::Duration;
use veo_api::{Record, Reply, TaskId, Upgrade, read_4k, read_record, record_info};
use vireo_relay_core::intent::{Follow, Intent};
use vireo_relay_core::recent::Recent;
use vireo_relay_core::video::{TASKS_KNOWN, Video, known_until, no_record};
use worker::{
    Delay, DurableObject, Env, Headers, ListOptions, Request, Response, Result, State, console_error,
    durable_object,
};

const TASK: &str = "task:";
const UPGRADE: &str = "upgrade:";
/// Proxies cut what is silent for a minute.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// A stream ends after this many heartbeats, ten minutes: an open one keeps the object awake, and is paid for.
const HEARTBEATS: u32 = 30;
/// Events that may wait for a slow reader; then it must come again and is told what it missed.
const QUEUE: usize = 16;
const STREAMS: usize = 64;

type Listener = Sender<Result<Vec<u8>>>;

/// One caller.
#[durable_object]
pub struct CallerObject {
    state: State,
    env: Env,
    book: RefCell<Option<Book>>,
    listeners: RefCell<Vec<Listener>>,
    /// The records that were read for their videos a moment ago; `None` where there was none.
    read: RefCell<Recent<TaskId, Option<Record>>>,
}

impl std::fmt::Debug for CallerObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallerObject").finish_non_exhaustive()
    }
}

impl DurableObject for CallerObject {
    fn new(state: State, env: Env) -> Self {
        let read = RefCell::new(Recent::new(TASKS_KNOWN));
        CallerObject { state, env, book: RefCell::default(), listeners: RefCell::default(), read }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        match request.path().as_str() {
            "/told" => {
                let told: Told = request.json().await?;
                let key = told.intent.id.key.clone();
                let is_new = self.change(|book| book.told(told, now_ms())).await?;
                self.publish(&key, is_new).await?;
                Response::empty()
            }
            "/events" => {
                let after: Value = request.json().await?;
                self.listen(after.as_u64()).await
            }
            "/upgraded" => {
                self.upgraded(&request.json().await?).await?;
                Response::empty()
            }
            "/wanted" => Response::from_json(&self.find(&request.json().await?).await?),
            "/seen" => {
                self.seen(&request.json().await?).await?;
                Response::empty()
            }
            _ => Response::error("not found", 404),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        let due = self.change(|book| book.take_due(now_ms())).await?;
        // Before the looks: should they fail, somebody comes again.
        self.plan().await?;
        let looks = due.into_iter().map(async |(key, follow)| {
            if let Err(error) = self.look(&key, follow).await {
                console_error!("a look failed: {error}");
            }
        });
        join_all(looks).await;
        self.plan().await?;
        Response::empty()
    }
}

impl CallerObject {
    /// Changes the book, which is read from storage the first time.
    async fn change<T>(&self, change: impl FnOnce(&mut Book) -> T) -> Result<T> {
        if self.book.borrow().is_none() {
            let stored = self.state.storage().list_with_options(ListOptions::new().prefix(TASK)).await?;
            let texts = stored.values().into_iter().filter_map(|text| text.ok()?.as_string());
            let tasks: Vec<Task> = texts.filter_map(|text| serde_json::from_str(&text).ok()).collect();
            // Somebody else may have read it meanwhile.
            self.book.borrow_mut().get_or_insert_with(|| Book::new(tasks));
        }
        Ok(change(self.book.borrow_mut().get_or_insert_default()))
    }

    /// Stores a task, tells the streams if there is news, and plans the next look.
    async fn publish(&self, key: &str, is_new: bool) -> Result<()> {
        let (task, forgotten) = self.change(|book| (book.get(key).cloned(), book.forget())).await?;
        let Some(task) = task else { return Ok(()) };
        self.state.storage().put(&format!("{TASK}{key}"), serde_json::to_string(&task)?).await?;
        for name in forgotten {
            self.state.storage().delete(&format!("{TASK}{name}")).await?;
        }
        if is_new {
            let event = task.event();
            self.listeners.borrow_mut().retain_mut(|listener| say(listener, &event));
            self.free_place(&task.intent).await;
        }
        self.plan().await
    }

    /// What has ended makes room for another.
    async fn free_place(&self, intent: &Intent) {
        if intent.to_follow().is_some() {
            return;
        }
        let over = Over { caller: intent.id.caller.clone(), name: intent.id.key.clone() };
        if let Err(error) = to_purse::<()>(&self.env, "over", &over).await {
            console_error!("the purse was not told that a task has ended: {error}");
        }
    }

    async fn plan(&self) -> Result<()> {
        if let Some(due) = self.change(|book| book.next_due()).await? {
            let wait = due.saturating_sub(now_ms());
            self.state.storage().set_alarm(i64::try_from(wait).unwrap_or(i64::MAX)).await?;
        }
        Ok(())
    }

    async fn look(&self, key: &str, follow: Option<Follow>) -> Result<()> {
        if let Some(Follow::Upgrade4k(task, index)) = &follow {
            return self.look_at_upgrade(key, task, *index).await;
        }
        let task = self.change(|book| book.get(key).and_then(|task| task.intent.task_id.clone())).await?;
        let Some(task) = task else { return Ok(()) };
        let record = self.record(&task).await.ok();
        if follow.is_some() {
            let found = record.as_ref().map(|record| |intent: &mut Intent| intent.looked(record, now_ms()));
            let is_new = self.change(|book| book.looked(key, found, now_ms())).await?;
            self.publish(key, is_new).await?;
        }
        if self.change(|book| book.get(key).is_some_and(Task::is_to_archive)).await? {
            let is_done = match &record {
                Some(record) => self.archive(&task, record).await,
                None => false,
            };
            self.change(|book| book.archived(key, is_done, now_ms())).await?;
            self.publish(key, false).await?;
        }
        Ok(())
    }

    /// A 4K version that goes under its original's name has no record; it is asked for again.
    async fn look_at_upgrade(&self, key: &str, task: &TaskId, index: u32) -> Result<()> {
        let reply = upstream::send(&Config::read(&self.env), &again(task, index)).await;
        let answer = reply.ok().map(|reply| read_4k(&reply));
        if let Some(Ok(Upgrade::Ready { urls, .. })) = &answer {
            let (task, rendition, urls) = (task.clone(), "4k".to_owned(), urls.clone());
            self.upgraded(&Upgraded { task, rendition, urls }).await?;
        }
        let found = answer.as_ref().map(|answer| |intent: &mut Intent| intent.looked_4k(answer, now_ms()));
        let is_new = self.change(|book| book.looked(key, found, now_ms())).await?;
        self.publish(key, is_new).await
    }

    async fn upgraded(&self, upgraded: &Upgraded) -> Result<()> {
        let name = format!("{UPGRADE}{}:{}", upgraded.task, upgraded.rendition);
        self.state.storage().put(&name, serde_json::to_string(&upgraded.urls)?).await
    }

    async fn record(&self, task: &TaskId) -> std::result::Result<Record, Answer> {
        let reply = upstream::send(&Config::read(&self.env), &record_info(task)).await.map_err(lost)?;
        let record = read_record(&reply).map_err(|error| Answer::from(no_record(&error)))?;
        let is_own = record.task_id.as_ref().is_none_or(|named| named == task);
        is_own.then_some(record).ok_or_else(no_video)
    }

    /// Where a wanted video lies: an upgrade whose answer has passed here, or the task's own result.
    async fn find(&self, wanted: &Wanted) -> Result<Place> {
        let config = Config::read(&self.env);
        let video = &wanted.video;
        let name = format!("{UPGRADE}{}:{}", video.task, video.rendition);
        let upgrade: Option<String> = self.state.storage().get(&name).await?;
        let urls: Vec<String> = upgrade.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        if let Some(url) = urls.get(video.index) {
            return Ok(media::safe(&config, url).ok_or_else(no_video));
        }
        if wanted.is_refused {
            self.read.borrow_mut().forget(&video.task);
        }
        let record = self.known(&video.task).await;
        let place = |record: Record| media::of_record(&config, &record, video);
        Ok(record.and_then(|record| record.and_then(place).ok_or_else(no_video)))
    }

    /// A task's record, not older than a minute; `None` if there is none.
    async fn known(&self, task: &TaskId) -> std::result::Result<Option<Record>, Answer> {
        if let Some(record) = self.read.borrow().get(task, now_ms()) {
            return Ok(record.clone());
        }
        let record = match self.record(task).await {
            Ok(record) => Some(record),
            Err(Answer { status: 404, .. }) => None,
            Err(trouble) => return Err(trouble),
        };
        let until_ms = known_until(record.as_ref(), now_ms());
        self.read.borrow_mut().put(task.clone(), record.clone(), until_ms);
        Ok(record)
    }

    /// A client has looked by itself. What it found may mend a failure.
    async fn seen(&self, seen: &Seen) -> Result<()> {
        let reply = Reply { status: 200, body: seen.body.clone(), ..Reply::default() };
        let Ok(record) = read_record(&reply) else { return Ok(()) };
        let news = self.change(|book| book.seen(&seen.task, &record, now_ms())).await?;
        match news {
            Some(key) => self.publish(&key, true).await,
            None => Ok(()),
        }
    }

    /// Copies the videos into the bucket, if there is one, before the provider deletes them; false if one is missing.
    async fn archive(&self, task: &TaskId, record: &Record) -> bool {
        let config = Config::read(&self.env);
        let rendition = record.resolution.clone().unwrap_or_else(|| "720p".to_owned());
        let mut is_done = true;
        for index in 0..record.videos.len().max(record.full_videos.len()) {
            let video = Video { task: task.clone(), rendition: rendition.clone(), index };
            if let Some(url) = media::of_record(&config, record, &video)
                && let Err(error) = archive::store(&self.env, &video, &url).await
            {
                console_error!("a video was not archived: {error}");
                is_done = false;
            }
        }
        is_done
    }

    /// Opens an event stream.
    async fn listen(&self, after: Option<u64>) -> Result<Response> {
        self.listeners.borrow_mut().retain(|listener| !listener.is_closed());
        if self.listeners.borrow().len() >= STREAMS {
            return Answer::refusal(429, "Too many event streams for this access token.").response();
        }
        let news = self
            .change(|book| -> String { book.since(after, now_ms()).into_iter().map(Task::event).collect() });
        let (mut listener, events) = channel(QUEUE);
        // A first word at once, so that proxies and browsers know the stream is open.
        say(&mut listener, &format!("retry: 3000\n\n{}{}", heartbeat(), news.await?));
        wasm_bindgen_futures::spawn_local(beat(listener.clone()));
        self.listeners.borrow_mut().push(listener);
        let headers = Headers::new();
        headers.set("content-type", "text/event-stream")?;
        headers.set("cache-control", "no-store, no-transform")?;
        Ok(Response::from_stream(events)?.with_headers(headers))
    }
}

/// Keeps a stream alive for its time.
async fn beat(mut listener: Listener) {
    for _ in 0..HEARTBEATS {
        Delay::from(HEARTBEAT).await;
        if listener.is_closed() || !say(&mut listener, &heartbeat()) {
            return;
        }
    }
    say(&mut listener, "event: bye\ndata: {}\n\n");
    listener.close_channel();
}

/// Says something on a stream; one that does not listen is closed.
fn say(listener: &mut Listener, text: &str) -> bool {
    let is_said = listener.try_send(Ok(text.as_bytes().to_vec())).is_ok();
    if !is_said {
        listener.close_channel();
    }
    is_said
}

/// As data, because comments are invisible to the browser's own client.
fn heartbeat() -> String {
    format!("event: heartbeat\ndata: {{\"now\":{}}}\n\n", now_ms())
}
