//! The guestbook: a validated form whose entries live in the visitor's session.

use garde::Validate;
use salon::{
    Result,
    http::{Redirect, extract::Form, redirect},
    session::Session,
    validation::Validated,
    view::{View, view},
};
use serde::{Deserialize, Serialize};

/// What the form sends, and the rules that it must pass.
#[derive(Deserialize, Validate)]
pub struct NewEntry {
    #[garde(length(chars, min = 1, max = 40))]
    name: String,
    #[garde(length(chars, min = 3, max = 500))]
    message: String,
}

/// What the session keeps.
#[derive(Serialize, Deserialize)]
pub struct Entry {
    name: String,
    message: String,
}

/// How many entries are kept: a session is no database.
const LIMIT: usize = 20;

/// Shows the entries, the newest first, and the form.
pub async fn index(session: Session) -> Result<View> {
    let mut entries: Vec<Entry> = session.get_or("entries", Vec::new())?;
    entries.reverse();
    Ok(view("guestbook.html").with("entries", entries))
}

/// Keeps an entry. One that breaks a rule never gets here: the visitor is back at the form, and sees what is wrong.
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
