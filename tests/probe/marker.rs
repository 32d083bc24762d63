//! A request that nobody was to make: the tests hide it in others, and look whether it was handled.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use salon::{
    http::{Json, Request, extract::Inject},
    routing::Router,
};

/// The queries of the markers that were handled.
#[derive(Clone, Default)]
pub(crate) struct Markers(Arc<Mutex<Vec<String>>>);

impl Markers {
    fn note(&self, query: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(query.to_owned());
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

pub(crate) fn routes(route: &mut Router) {
    route.any("/marker", |Inject(markers): Inject<Markers>, request: Request| async move {
        markers.note(request.uri().query().unwrap_or_default());
        "the marker was handled"
    });
    route.get("/markers", |Inject(markers): Inject<Markers>| async move { Json(markers.all()) });
    route.post("/length", |body: Bytes| async move { format!("{} bytes", body.len()) });
}
