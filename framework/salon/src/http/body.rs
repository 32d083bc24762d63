//! Bodies: bytes in memory, or a stream of them.

use std::{
    any::Any,
    fmt,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

use bytes::{Bytes, BytesMut};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::{BodyExt, LengthLimitError, Limited, combinators::UnsyncBoxBody};

use super::body_budget::{BodyBudget, Reserved};
use crate::session::BoxError;

/// Why a body could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// The body is larger than the limit of its reader.
    #[error("the body is larger than this route accepts: send less, or raise the limit")]
    TooLarge,

    /// The client sent the body too slowly.
    #[error("the body did not arrive in time")]
    TooSlow,

    /// The bodies of other requests take all the memory that there is for them.
    #[error(
        "too many large bodies are being read at the same time: raise `body_memory` in config/server.toml if this happens often"
    )]
    NoMemory,

    /// The connection failed, or the stream that produces the body failed.
    #[error("the body could not be read to the end")]
    Read(#[source] BoxError),
}

impl BodyError {
    fn from_boxed(error: BoxError) -> Self {
        match error.downcast::<Self>() {
            Ok(known) => *known,
            Err(error) if error.is::<LengthLimitError>() => Self::TooLarge,
            Err(error) => Self::Read(error),
        }
    }
}

/// The body of a request or a response.
///
/// Bytes in memory are stored as they are; anything else is a stream behind one allocation.
///
/// ```
/// use salon::http::Body;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let body = Body::from("hello");
/// assert_eq!(body.collect(1024).await?, "hello");
/// # Ok::<(), salon::http::BodyError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct Body(Inner);

enum Inner {
    Full(Option<Bytes>),
    Stream {
        stream: UnsyncBoxBody<Bytes, BodyError>,
        /// Where the memory comes from if the body is collected.
        budget: Option<Arc<BodyBudget>>,
    },
}

impl Default for Inner {
    fn default() -> Self {
        Self::Full(None)
    }
}

impl Body {
    /// Returns a body without bytes.
    #[must_use]
    pub const fn empty() -> Self {
        Self(Inner::Full(None))
    }

    /// Takes any body. A body that is already a `Body`, or is known to be empty, costs nothing.
    pub fn new<B>(body: B) -> Self
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let mut body = Some(body);
        if let Some(known) = (&mut body as &mut dyn Any).downcast_mut::<Option<Self>>() {
            return known.take().unwrap_or_default();
        }
        match body {
            Some(body) if !body.is_end_stream() => {
                let stream = body.map_err(|error| BodyError::from_boxed(error.into())).boxed_unsync();
                Self(Inner::Stream { stream, budget: None })
            }
            _ => Self::empty(),
        }
    }

    /// Takes the memory for collecting it from this budget.
    pub(super) fn with_budget(mut self, from: Arc<BodyBudget>) -> Self {
        if let Inner::Stream { budget, .. } = &mut self.0 {
            *budget = Some(from);
        }
        self
    }

    /// Reads the whole body into memory, at most `limit` bytes of it.
    ///
    /// # Errors
    /// Returns [`BodyError::TooLarge`] if the body exceeds the limit, [`BodyError::TooSlow`] if it does not arrive in time,
    /// [`BodyError::NoMemory`] if other bodies take too much memory, and [`BodyError::Read`] if the stream breaks.
    pub async fn collect(self, limit: usize) -> Result<Bytes, BodyError> {
        // If the body announces that it is too large, it is refused before a byte is read.
        if self.size_hint().lower() > limit as u64 {
            return Err(BodyError::TooLarge);
        }
        match self.0 {
            Inner::Full(bytes) => Ok(bytes.unwrap_or_default()),
            Inner::Stream { stream, budget } => {
                let mut stream = pin!(Limited::new(stream, limit));
                let mut reserved = budget.map(Reserved::new);
                let mut collected = BytesMut::new();
                while let Some(frame) = stream.frame().await {
                    let Ok(data) = frame.map_err(BodyError::from_boxed)?.into_data() else { continue };
                    if collected.is_empty() && stream.is_end_stream() {
                        return Ok(data);
                    }
                    if !reserved.as_mut().is_none_or(|reserved| reserved.grow(collected.len() + data.len())) {
                        return Err(BodyError::NoMemory);
                    }
                    // Copied, because a client can send each byte in a piece of its own, with memory of its own.
                    collected.extend_from_slice(&data);
                }
                let collected = collected.freeze();
                Ok(match reserved {
                    Some(reserved) => reserved.hold(collected),
                    None => collected,
                })
            }
        }
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut self.0 {
            Inner::Full(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Inner::Stream { stream, .. } => Pin::new(stream).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Inner::Full(bytes) => bytes.is_none(),
            Inner::Stream { stream, .. } => stream.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Inner::Full(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Inner::Stream { stream, .. } => stream.size_hint(),
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(Inner::Full((!bytes.is_empty()).then_some(bytes)))
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Bytes::from_static(text.as_bytes()).into()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The bytes may be somebody's password, so only their number is shown.
        let hint = self.size_hint();
        formatter.debug_struct("Body").field("at_least", &hint.lower()).field("at_most", &hint.upper()).finish()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::StreamBody;

    use super::*;

    fn stream(chunks: &'static [&'static str]) -> Body {
        let frames = chunks.iter().map(|chunk| Ok::<_, BodyError>(Frame::data(Bytes::from_static(chunk.as_bytes()))));
        Body::new(StreamBody::new(futures_util::stream::iter(frames)))
    }

    #[tokio::test]
    async fn a_stream_is_collected() {
        assert_eq!(stream(&["ab", "cd"]).collect(4).await.unwrap(), "abcd");
    }

    #[tokio::test]
    async fn a_byte_past_the_limit_is_too_large() {
        assert!(matches!(stream(&["ab", "cd"]).collect(3).await, Err(BodyError::TooLarge)));
        assert!(matches!(Body::from("abcd").collect(3).await, Err(BodyError::TooLarge)));
    }

    #[tokio::test]
    async fn a_limit_set_by_a_layer_is_told_as_too_large() {
        let limited = Body::new(Limited::new(stream(&["abcd"]), 3));
        assert!(matches!(limited.collect(100).await, Err(BodyError::TooLarge)));
    }

    #[test]
    fn a_body_is_not_boxed_twice() {
        assert!(matches!(Body::new(Body::from("x")).0, Inner::Full(Some(_))));
        assert!(matches!(Body::new(http_body_util::Empty::new()).0, Inner::Full(None)));
    }

    #[test]
    fn debug_shows_no_bytes() {
        assert!(!format!("{:?}", Body::from("secret")).contains("secret"));
    }
}
