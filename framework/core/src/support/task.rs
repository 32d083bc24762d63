//! Work that runs to completion even if nobody waits for it any more.

use std::{future::poll_fn, task::Poll};

use futures_util::future::BoxFuture;

/// Runs a future to completion even if the caller is dropped halfway, for example because a client disconnects.
///
/// Work that is ready at once does not need its own task.
pub async fn finish<T: Send + 'static>(mut future: BoxFuture<'static, T>) -> T {
    if let Poll::Ready(output) = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await {
        return output;
    }
    match tokio::spawn(future).await {
        Ok(output) => output,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // The runtime is shutting down, and the caller with it.
        Err(_) => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_goes_on_when_the_caller_leaves() {
        let (go, gone) = oneshot::channel::<()>();
        let (done, is_done) = oneshot::channel::<()>();
        let steps = Arc::new(Mutex::new(Vec::new()));
        let work = {
            let steps = Arc::clone(&steps);
            async move {
                steps.lock().unwrap().push("begun");
                let _ = gone.await;
                steps.lock().unwrap().push("ended");
                let _ = done.send(());
            }
        };
        {
            let caller = finish(Box::pin(work));
            tokio::pin!(caller);
            // Polled twice: started here, then moved to its own task.
            for _ in 0..2 {
                assert!(poll_fn(|context| Poll::Ready(caller.as_mut().poll(context))).await.is_pending());
            }
        }
        go.send(()).unwrap();
        is_done.await.unwrap();
        assert_eq!(*steps.lock().unwrap(), ["begun", "ended"]);
    }
}
