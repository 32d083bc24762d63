//! Testing: requests to the whole app, within the test's process.
//!
//! The guide has [a page](mod@crate::guide::testing) about it.

mod jar;
mod session_assertions;
mod test_app;
mod test_request;
mod test_response;
#[cfg(test)]
mod tests;

#[doc(inline)]
pub use salon_session::testing::session_driver_suite;
pub use test_app::TestApp;
pub use test_request::TestRequest;
pub use test_response::TestResponse;
