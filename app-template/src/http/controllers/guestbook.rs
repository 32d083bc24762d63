//! The guestbook: a validated form whose entries live in the visitor's session.

use garde::Validate;
use salon::prelude::*;
use serde::{Deserialize, Serialize};

/// The form's input, with its validation rules.
#[derive(Deserialize, Validate)]
pub struct NewEntry {
    #[garde(length(chars, min = 1, max = 40))]
    name: String,
    #[garde(length(chars, min = 3, max = 500))]
    message: String,
}

/// An entry, as the session stores it.
#[derive(Serialize, Deserialize)]
pub struct Entry {
    name: String,
    message: String,
}

/// The maximum number of entries: a session is not a database.
const LIMIT: usize = 20;

/// Shows the form and the entries, newest first.
pub async fn index(session: Session) -> Result<View> {
    let mut entries: Vec<Entry> = session.get_or("entries", Vec::new())?;
    entries.reverse();
    Ok(view("guestbook.html").with("entries", entries))
}

/// Stores an entry. Invalid input never gets here: the visitor is sent back to the form, which shows the errors.
pub async fn store(session: Session, entry: Validated<Form<NewEntry>>) -> Result<Redirect> {
    let NewEntry { name, message } = entry.into_inner();
    let thanks = format!("Thank you, {name}!");
    session.update("entries", move |entries: &mut Vec<Entry>| {
        entries.push(Entry { name: name.clone(), message: message.clone() });
        let surplus = entries.len().saturating_sub(LIMIT);
        entries.drain(..surplus);
    })?;
    Ok(redirect().route("guestbook").with("success", thanks))
}
