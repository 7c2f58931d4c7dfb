//! Bytes on their way: cut, counted, peeked at. Nothing here holds more than a chunk.

use crate::archive::Writer;
use crate::error::Error;
use axum::body::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use std::future;
use std::ops::Range;
use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::timeout;

/// The most that is handed on at once. Pieces of one chunk share its memory, so a reader who pauses holds few chunks.
const PIECE: usize = 64 * 1024;

/// The bytes of a file as they come.
pub(crate) type Chunks = BoxStream<'static, Result<Bytes, Error>>;

/// The bytes of `range` alone; reading stops after the last of them. It is an error if they do not all come.
pub(crate) fn cut(chunks: Chunks, range: Range<u64>) -> Chunks {
    let start = (chunks, range.start, range.end.saturating_sub(range.start));
    let next = |(mut chunks, mut skip, left): (Chunks, u64, u64)| async move {
        if left == 0 {
            return Ok(None);
        }
        loop {
            let mut chunk = chunks.try_next().await?.ok_or(Error::Truncated)?;
            let skipped = chunk.len().min(usize::try_from(skip).unwrap_or(usize::MAX));
            let mut chunk = chunk.split_off(skipped);
            skip -= skipped as u64;
            chunk.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            if !chunk.is_empty() {
                let left = left - chunk.len() as u64;
                return Ok(Some((chunk, (chunks, skip, left))));
            }
        }
    };
    stream::try_unfold(start, next).boxed()
}

/// The same bytes; it is an error if there are more than `max`.
pub(crate) fn limit(chunks: Chunks, max: u64) -> Chunks {
    let mut left = max;
    let count = move |chunk: Bytes| {
        let rest = left.checked_sub(chunk.len() as u64);
        left = rest.unwrap_or(0);
        future::ready(rest.map(|_| chunk).ok_or(Error::TooLong))
    };
    chunks.and_then(count).boxed()
}

/// Waits for the first `count` bytes, or all if there are fewer. The stream that comes back has them still.
pub(crate) async fn peek(mut chunks: Chunks, count: usize) -> Result<(Bytes, Chunks), Error> {
    let mut start = Bytes::new();
    while start.len() < count {
        match chunks.try_next().await? {
            Some(chunk) if start.is_empty() => start = chunk,
            Some(chunk) => start = [start, chunk].concat().into(),
            None => break,
        }
    }
    let first = start.clone();
    Ok((start, stream::once(future::ready(Ok(first))).chain(chunks).boxed()))
}

/// The same bytes, written to the archive on their way. The file is in place before its last byte is passed on. What
/// fails here leaves the archive without the file and the reader undisturbed.
pub(crate) fn copy(chunks: Chunks, writer: Writer) -> Chunks {
    let next = |(mut chunks, writer): (Chunks, Option<Writer>)| async move {
        let chunk = chunks.try_next().await?;
        let writer = match (writer, &chunk) {
            (Some(writer), Some(chunk)) => writer.write(chunk).await,
            (Some(writer), None) => writer.finish().await.map(|()| None),
            (None, _) => Ok(None),
        };
        let writer = writer.unwrap_or_else(|error| {
            tracing::warn!(%error, "a file was not archived");
            None
        });
        Ok(chunk.map(|chunk| (chunk, (chunks, writer))))
    };
    stream::try_unfold((chunks, Some(writer)), next).boxed()
}

/// The same bytes, read by a task of their own, which gives up when the reader takes nothing for as long as `patience`:
/// a paused video must not keep its origin and `held` for ever. Who reads on after that gets an error.
pub(crate) fn pump<T: Send + 'static>(mut chunks: Chunks, patience: Duration, held: T) -> Chunks {
    let (sender, receiver) = mpsc::channel::<Option<Result<Bytes, Error>>>(1);
    tokio::spawn(async move {
        let _held = held;
        let mut rest = Bytes::new();
        // Nothing is read before there is room for it.
        while let Ok(Ok(room)) = timeout(patience, sender.reserve()).await {
            if rest.is_empty() {
                let chunk = tokio::select! {
                    chunk = chunks.next() => chunk,
                    () = sender.closed() => break,
                };
                match chunk {
                    Some(Ok(bytes)) => rest = bytes,
                    last => {
                        room.send(last);
                        break;
                    }
                }
            }
            room.send(Some(Ok(rest.split_to(rest.len().min(PIECE)))));
        }
    });
    let next = |receiver: Option<Receiver<_>>| async move {
        let mut receiver = receiver?;
        match receiver.recv().await {
            Some(Some(Ok(chunk))) => Some((Ok(chunk), Some(receiver))),
            Some(Some(Err(error))) => Some((Err(error), None)),
            Some(None) => None,
            None => Some((Err(Error::Truncated), None)),
        }
    };
    stream::unfold(Some(receiver), next).boxed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn chunks(sizes: &[usize]) -> (Vec<u8>, Chunks) {
        let whole: Vec<u8> = (0..sizes.iter().sum::<usize>()).map(|at| at as u8).collect();
        let mut rest = Bytes::from(whole.clone());
        let parts: Vec<_> = sizes.iter().map(|size| Ok(rest.split_to(*size))).collect();
        (whole, stream::iter(parts).boxed())
    }

    fn read(chunks: Chunks) -> Result<Vec<u8>, Error> {
        let all = chunks.try_fold(Vec::new(), |mut all, chunk| {
            all.extend_from_slice(&chunk);
            future::ready(Ok(all))
        });
        futures_util::FutureExt::now_or_never(all).expect("nothing waits here")
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_given_up() {
        let held = Arc::new(());
        let start = || pump(chunks(&[1, 1, 1]).1, Duration::from_secs(60), held.clone());
        let mut slow = start();
        assert!(slow.next().await.is_some());
        tokio::time::sleep(Duration::from_secs(59)).await;
        assert_eq!(slow.by_ref().take(2).count().await, 2);
        assert!(slow.next().await.is_none());
        let mut paused = start();
        tokio::time::sleep(Duration::from_secs(61)).await;
        assert_eq!(Arc::strong_count(&held), 1);
        assert!(matches!(paused.next().await, Some(Ok(_))));
        assert!(matches!(paused.next().await, Some(Err(Error::Truncated))));
        assert!(paused.next().await.is_none());
    }

    #[tokio::test]
    async fn nothing_is_read_for_which_there_is_no_room() {
        let read = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&read);
        let chunks = stream::repeat_with(move || {
            count.fetch_add(1, Ordering::SeqCst);
            Ok(Bytes::from(vec![7; 4 * PIECE]))
        });
        let mut pumped = pump(chunks.boxed(), Duration::MAX, ());
        for _ in 0..4 {
            assert_eq!(pumped.next().await.unwrap().unwrap().len(), PIECE);
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
        }
        assert_eq!(read.load(Ordering::SeqCst), 2, "the fifth piece waits for its reader");
    }

    #[tokio::test]
    async fn who_leaves_frees_what_is_held() {
        let held = Arc::new(());
        drop(pump(stream::pending().boxed(), Duration::MAX, held.clone()));
        while Arc::strong_count(&held) > 1 {
            tokio::task::yield_now().await;
        }
    }

    proptest! {
        #[test]
        fn a_cut_is_a_slice(sizes in prop::collection::vec(0_usize..9, 0..9), from in 0_u64..60, to in 0_u64..60) {
            let (whole, stream) = chunks(&sizes);
            let got = read(cut(stream, from..to));
            if to <= whole.len() as u64 || from >= to {
                let expected = whole.get(from as usize..to as usize).unwrap_or_default();
                prop_assert_eq!(got.unwrap(), expected);
            } else {
                prop_assert!(matches!(got, Err(Error::Truncated)));
            }
        }

        #[test]
        fn peeking_changes_nothing(sizes in prop::collection::vec(0_usize..9, 0..9), count in 0_usize..40) {
            let (whole, stream) = chunks(&sizes);
            let peeked = futures_util::FutureExt::now_or_never(peek(stream, count)).unwrap();
            let (start, stream) = peeked.unwrap();
            prop_assert!(start.len() >= count.min(whole.len()) && whole.starts_with(&start));
            prop_assert_eq!(read(stream).unwrap(), whole);
        }

        #[test]
        fn more_than_the_limit_is_an_error(sizes in prop::collection::vec(0_usize..9, 0..9), max in 0_u64..60) {
            let (whole, stream) = chunks(&sizes);
            prop_assert_eq!(read(limit(stream, max)).is_ok(), whole.len() as u64 <= max);
        }
    }
}
