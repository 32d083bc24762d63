//! A request in flight.

use std::sync::Arc;

use super::{
    activity::{Activity, Moment},
    connections::Place,
};

/// A request in flight. It has ended when this is dropped.
pub(super) struct InFlight(Arc<Place>);

impl InFlight {
    /// Notes a request that has arrived. Returns also whether it may be handled: its address may have too many in flight.
    pub(super) fn begin(place: &Arc<Place>, is_http2: bool) -> (Self, bool) {
        let may_be_handled = place.begin_request(is_http2);
        (Self(Arc::clone(place)), may_be_handled)
    }

    pub(super) fn activity(&self) -> &Activity {
        self.0.activity()
    }

    pub(super) fn now(&self) -> Moment {
        self.0.now()
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.end_request();
    }
}
