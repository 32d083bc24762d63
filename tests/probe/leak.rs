//! What no app should do: print what a request carries. The tests use it to prove that they would notice.

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use salon::{
    Result,
    http::{Request, extract::Query},
    routing::Router,
    session::Session,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Leak {
    form: String,
}

pub(crate) fn routes(route: &mut Router) {
    route.get("/leak", cookie);
    route.get("/leak/token", token);
}

/// Prints the session's id in some form.
async fn cookie(Query(Leak { form }): Query<Leak>, request: Request) -> &'static str {
    let cookie = request.cookie("session").unwrap_or_default();
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(&cookie).unwrap_or_default();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let shown = match form.as_str() {
        "text" => cookie,
        "header" => format!("{:?}", request.header("cookie")),
        "base64" => BASE64_STANDARD.encode(bytes),
        "address" => BASE64_STANDARD.encode(bytes).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"),
        "hex" => hex,
        "HEX" => hex.to_uppercase(),
        "list" => format!("{bytes:?}"),
        "list of characters" => format!("{:?}", cookie.as_bytes()),
        _ => String::new(),
    };
    eprintln!("somebody is here: {shown}; good day");
    "printed"
}

/// Prints the token that the page carries behind a mask.
async fn token(session: Session) -> Result<String> {
    let token = session.token()?;
    eprintln!("its token is {token}");
    let plain = BASE64_URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
    let pad = [7; 32];
    let covered = plain.iter().zip(pad).map(|(plain, pad)| plain ^ pad);
    Ok(BASE64_URL_SAFE_NO_PAD.encode(pad.into_iter().chain(covered).collect::<Vec<u8>>()))
}
