//! One Redis server.

use salon_tests::servers::{Daemon, Redis};

#[test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
fn a_redis_server_answers_and_is_empty_after_a_restart() {
    let redis = Redis::start();
    assert_eq!(redis.command(&["SET", "key", "value"]), "OK");
    assert_eq!(redis.command(&["GET", "key"]), "value");
    for again in [Daemon::restart as fn(&Daemon), |it| (it.kill(), it.start_again()).0] {
        let (id, port) = (redis.id(), redis.port());
        again(&redis);
        assert_eq!(redis.command(&["GET", "key"]), "");
        assert_eq!(redis.command(&["SET", "key", "value"]), "OK");
        assert!(redis.id() != id && redis.port() == port);
    }
}

#[test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
fn a_redis_server_that_keeps_its_data_has_it_after_a_crash() {
    let redis = Redis::options().keeps_data().start();
    redis.command(&["SET", "key", "value"]);
    redis.kill();
    assert!(redis.try_command(&["PING"]).is_err());
    redis.start_again();
    assert_eq!(redis.command(&["GET", "key"]), "value");
    redis.shut_down("SAVE");
    assert_eq!(redis.id(), None);
    redis.start_again();
    assert_eq!(redis.command(&["GET", "key"]), "value");
}

#[test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
fn a_redis_server_is_reached_as_its_url_says() {
    let choices = [
        (Redis::options(), "redis://127.0.0.1:"),
        (Redis::options().password("secret"), "redis://:secret@127.0.0.1:"),
        (Redis::options().tls(), "rediss://127.0.0.1:"),
        (Redis::options().tls().password("secret"), "rediss://:secret@127.0.0.1:"),
        (Redis::options().socket(), "redis+unix:///"),
    ];
    for (options, url) in choices {
        let redis = options.start();
        assert!(redis.url().starts_with(url), "{}", redis.url());
        let mut cli = std::process::Command::new("redis-cli");
        match redis.socket() {
            Some(socket) => cli.args(["-s", socket]),
            // The tool takes an empty user name for no user.
            None => cli.args(["-u", &redis.url().replace("//:", "//default:")]),
        };
        if let Some(certificate) = redis.certificate() {
            cli.arg("--cacert").arg(certificate.authority());
        }
        let reply = cli.args(["-e", "PING"]).output().expect("redis-cli");
        assert_eq!(String::from_utf8_lossy(&reply.stdout), "PONG\n", "{options:?}: {reply:?}");
    }
}

#[test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
fn nobody_gets_into_a_redis_server_without_its_password_or_past_its_certificate() {
    let redis = Redis::options().tls().password("secret").start();
    let cli = |arguments: &[&str]| {
        let address = ["-p".to_owned(), redis.port().to_string()];
        let output = std::process::Command::new("redis-cli").args(address).args(arguments).arg("PING").output();
        let output = output.expect("redis-cli");
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat()
    };
    let authority = redis.certificate().expect("a certificate").authority();
    let authority = authority.to_str().expect("a path");
    assert!(cli(&["--tls", "--cacert", authority]).contains("NOAUTH"));
    assert!(cli(&["--tls", "-a", "secret"]).contains("certificate verify failed"));
    assert!(!cli(&["-a", "secret"]).contains("PONG"), "it accepts connections without TLS");
}

#[test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
fn a_server_that_cannot_start_says_why() {
    let start = || Redis::options().setting("no-such-setting yes").start();
    let panic = std::panic::catch_unwind(start).expect_err("it cannot start");
    let message = panic.downcast_ref::<String>().expect("a message");
    assert!(message.contains("no-such-setting"), "{message}");
}

#[tokio::test]
#[cfg_attr(not(redis), ignore = "needs redis-server: apt-get install redis-server redis-tools openssl")]
async fn all_that_a_redis_server_is_asked_can_be_heard() {
    let redis = Redis::start();
    redis.command(&["SET", "before", "1"]);
    let monitor = redis.monitor().await;
    redis.command(&["GETEX", "key", "PX", "1000"]);
    redis.command(&["EVAL", "return redis.call('DEL', KEYS[1])", "1", "key"]);
    let heard = monitor.end().await;
    assert_eq!(heard.sent[0], r#""GETEX" "key" "PX" "1000""#);
    assert!(heard.sent.len() == 2 && heard.sent[1].starts_with(r#""EVAL" "#), "{heard:?}");
    assert_eq!(heard.scripted, [r#""DEL" "key""#]);
}
