//! Races around a session that is moving from the fallback to the primary: every order of calls of two actors, and
//! random orders of more.

mod orders;
mod race;
mod somebody;
