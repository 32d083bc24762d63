//! Controllers: functions that take what they need of a request and return the answer.

pub mod flash;
pub mod guestbook;
pub mod home;
