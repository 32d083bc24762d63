//! The current connection.

use redis::{
    Cmd, Pipeline, RedisResult, Value,
    aio::MultiplexedConnection,
    cluster_async::ClusterConnection,
    cluster_routing::{RoutingInfo, SingleNodeRoutingInfo},
};

use super::command::RedisCommand;

/// The current connection. Commands of many tasks share it. If a command is dropped, its response is discarded, and no
/// other command receives it.
#[derive(Clone)]
pub(super) enum Transport {
    /// To one server.
    Server(MultiplexedConnection),
    /// To the nodes of a Cluster.
    Cluster(ClusterConnection),
}

impl Transport {
    /// Sends a command, and waits for its reply. `after` is sent directly behind it on the same connection.
    pub(super) async fn send(&mut self, command: &RedisCommand, after: Option<&Cmd>) -> RedisResult<Vec<Value>> {
        let Some(after) = after else {
            let value = match self {
                Self::Server(server) => server.send_packed_command(&command.command).await,
                Self::Cluster(cluster) => {
                    let route = RoutingInfo::SingleNode(SingleNodeRoutingInfo::SpecificNode(command.route));
                    cluster.route_command(command.command.clone(), route).await
                }
            };
            return Ok(vec![value?.extract_error()?]);
        };
        let both = pipeline([&command.command, after]);
        first_succeeded(match self {
            Self::Server(server) => server.send_packed_commands(&both, 0, 2).await,
            Self::Cluster(cluster) => {
                let route = SingleNodeRoutingInfo::SpecificNode(command.route);
                cluster.route_pipeline(both, 0, 2, route).await
            }
        })
    }
}

/// Returns the replies, unless the first one is an error.
pub(super) fn first_succeeded(values: RedisResult<Vec<Value>>) -> RedisResult<Vec<Value>> {
    let mut values = values?;
    match values.first_mut() {
        Some(first) => {
            let value = std::mem::take(first);
            *first = value.extract_error()?;
            Ok(values)
        }
        None => Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into()),
    }
}

pub(super) fn pipeline<'a>(commands: impl IntoIterator<Item = &'a Cmd>) -> Pipeline {
    let mut pipeline = Pipeline::new();
    for command in commands {
        pipeline.add_command(command.clone());
    }
    pipeline
}
