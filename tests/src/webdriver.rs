//! The part of the WebDriver protocol that the tests need: JSON over HTTP, which controls chromedriver.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use bytes::Bytes;
use hyper::{Method, Request};
use serde_json::{Value, json};

use crate::{Connection, within};

/// The key under which WebDriver names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser session, as WebDriver calls it. It has nothing to do with Salon's sessions.
#[derive(Debug)]
pub struct Session {
    address: SocketAddr,
    id: String,
}

impl Session {
    /// Starts a browser with these arguments.
    pub async fn start(driver: SocketAddr, arguments: &[String]) -> Self {
        let options = json!({ "browserName": "chrome", "goog:chromeOptions": { "args": arguments } });
        let value = command(driver, "/session", &json!({ "capabilities": { "alwaysMatch": options } })).await;
        let id = value["sessionId"].as_str().unwrap_or_else(|| panic!("no session in {value}"));
        Self { address: driver, id: id.to_owned() }
    }

    /// Loads an address, and waits until the page is there.
    pub async fn go(&self, url: &str) {
        self.command("url", &json!({ "url": url })).await;
    }

    /// Runs a script's body in the page, and returns its result.
    pub async fn run(&self, script: &str) -> Value {
        self.command("execute/sync", &json!({ "script": script, "args": [] })).await
    }

    /// The visible text of the element.
    pub async fn text(&self, selector: &str) -> String {
        let value = self.run(&format!("return document.querySelector({selector:?}).innerText")).await;
        value.as_str().unwrap_or_else(|| panic!("{selector} has no text: {value}")).to_owned()
    }

    /// The value of a field.
    pub async fn value(&self, selector: &str) -> String {
        let value = self.run(&format!("return document.querySelector({selector:?}).value")).await;
        value.as_str().unwrap_or_else(|| panic!("{selector} has no value: {value}")).to_owned()
    }

    /// The number of elements.
    pub async fn count(&self, selector: &str) -> u64 {
        let value = self.run(&format!("return document.querySelectorAll({selector:?}).length")).await;
        value.as_u64().unwrap_or_else(|| panic!("{selector}: {value}"))
    }

    /// Clears a field and types into it, key by key.
    pub async fn fill(&self, selector: &str, text: &str) {
        let element = self.element(selector).await;
        self.command(&format!("element/{element}/clear"), &json!({})).await;
        self.command(&format!("element/{element}/value"), &json!({ "text": text })).await;
    }

    /// Clicks on an element that leads to another page, and waits until that page is there.
    pub async fn follow(&self, selector: &str) {
        self.run("window.isTheOldPage = true").await;
        let element = self.element(selector).await;
        self.command(&format!("element/{element}/click"), &json!({})).await;
        let is_there = "return !window.isTheOldPage && document.readyState === 'complete'";
        let arrival = async { while self.try_run(is_there).await != Ok(Value::Bool(true)) {} };
        within(&format!("the page behind {selector}"), arrival).await;
    }

    /// A command of Chromium's own protocol.
    pub async fn devtools(&self, name: &str, parameters: Value) -> Value {
        self.command("goog/cdp/execute", &json!({ "cmd": name, "params": parameters })).await
    }

    /// Runs a script while the page may be about to change, when there may be nothing to run it in.
    async fn try_run(&self, script: &str) -> Result<Value, String> {
        let parameters = json!({ "script": script, "args": [] });
        try_command(self.address, &format!("/session/{}/execute/sync", self.id), &parameters).await
    }

    async fn element(&self, selector: &str) -> String {
        let found = self.command("element", &json!({ "using": "css selector", "value": selector })).await;
        found[ELEMENT].as_str().unwrap_or_else(|| panic!("{selector}: {found}")).to_owned()
    }

    async fn command(&self, command_path: &str, parameters: &Value) -> Value {
        command(self.address, &format!("/session/{}/{command_path}", self.id), parameters).await
    }
}

/// Ends the browser. This blocks, because a test that fails has no runtime left to wait with.
impl Drop for Session {
    fn drop(&mut self) {
        let end = || -> std::io::Result<()> {
            let mut stream = TcpStream::connect(self.address)?;
            stream.set_read_timeout(Some(Duration::from_secs(10)))?;
            write!(stream, "DELETE /session/{} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", self.id)?;
            stream.read(&mut [0; 64]).map(drop)
        };
        if let Err(error) = end() {
            eprintln!("the browser may be left running: {error}");
        }
    }
}

async fn command(driver: SocketAddr, path: &str, parameters: &Value) -> Value {
    let done = try_command(driver, path, parameters).await;
    done.unwrap_or_else(|error| panic!("{path} {parameters}: {error}"))
}

async fn try_command(driver: SocketAddr, path: &str, parameters: &Value) -> Result<Value, String> {
    let request = Request::builder().method(Method::POST).uri(path).header("content-type", "application/json");
    let request = request.body(Bytes::from(parameters.to_string())).expect("a request");
    let answer = Connection::http1(driver).await.send(request).await;
    if answer.status.is_success() { Ok(answer.json()["value"].take()) } else { Err(answer.text()) }
}
