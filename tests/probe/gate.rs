//! Where a handler waits until the test lets it continue.

use salon::{
    Result,
    http::{Json, extract::Query},
    routing::Router,
};
use serde::Deserialize;
use tokio::{io::AsyncReadExt, net::TcpStream};

/// The address of a gate, if there is one: `?gate=127.0.0.1:40000`.
#[derive(Deserialize)]
pub(crate) struct Gate {
    gate: Option<String>,
}

impl Gate {
    /// Reports that a handler is here, and waits until it may continue.
    pub(crate) async fn wait(&self) -> Result<()> {
        if let Some(address) = &self.gate {
            let mut gate = TcpStream::connect(address).await?;
            gate.read_exact(&mut [0]).await?;
        }
        Ok(())
    }
}

pub(crate) fn routes(route: &mut Router) {
    route.get("/slow", slow);
    route.post("/slow", slow);
    route.post("/json", |Json(value): Json<serde_json::Value>| async { Json(value) });
}

async fn slow(Query(gate): Query<Gate>) -> Result<&'static str> {
    gate.wait().await?;
    Ok("done")
}
