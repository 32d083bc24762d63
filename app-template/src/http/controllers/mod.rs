//! Controllers: functions that take what they need from a request and return the response.

pub mod flash;
pub mod guestbook;
pub mod home;
