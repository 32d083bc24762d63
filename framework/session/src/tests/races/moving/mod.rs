//! Races around a session that is in the fallback and on its way into the primary: every order of calls of two, and of more by
//! lot.

mod orders;
mod race;
mod somebody;
