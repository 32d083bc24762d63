//! MariaDB.

use std::process::Command;

use salon_tests::servers::{Daemon, MariaDb};

#[test]
#[cfg_attr(not(mariadb), ignore = "needs MariaDB: apt-get install mariadb-server")]
fn a_mariadb_server_answers_and_keeps_what_it_has_committed() {
    let mariadb = MariaDb::with_arguments(&["--max-connections=17"]);
    assert_eq!(mariadb.command("SELECT @@max_connections"), "17");
    mariadb.command("CREATE TABLE kept (number int)");
    let port = mariadb.port();
    for (rows, stop) in [(1, Daemon::stop as fn(&Daemon)), (2, Daemon::kill)] {
        mariadb.command("INSERT INTO kept VALUES (1)");
        stop(&mariadb);
        assert_eq!(mariadb.id(), None);
        mariadb.start_again();
        assert_eq!(mariadb.command("SELECT count(*) FROM kept"), rows.to_string());
        assert_eq!(mariadb.port(), port);
    }
}

#[test]
#[cfg_attr(not(mariadb), ignore = "needs MariaDB: apt-get install mariadb-server")]
fn a_database_of_its_own_is_empty_and_apart() {
    let mariadb = MariaDb::shared();
    let url = mariadb.database("apart");
    assert_eq!(url, format!("mysql://salon:salon@127.0.0.1:{}/apart", mariadb.port()));
    mariadb.command_in("apart", "CREATE TABLE here (number int)");
    assert_eq!(mariadb.command("SHOW TABLES LIKE 'here'"), "");
    assert_eq!(mariadb.database("apart"), url);
    assert_eq!(mariadb.command_in("apart", "SHOW TABLES"), "");
}

#[test]
#[cfg_attr(not(mariadb), ignore = "needs MariaDB: apt-get install mariadb-server")]
fn a_mariadb_server_speaks_tls_with_whoever_trusts_its_certificate() {
    let mariadb = MariaDb::with_tls();
    let authority = mariadb.certificate().expect("a certificate").authority();
    let connect = |arguments: &[&str]| {
        let mut client = Command::new("mariadb");
        let port = mariadb.port().to_string();
        client.args(["--no-defaults", "--protocol=tcp", "--host=127.0.0.1", "--port", &port, "--user=salon"]);
        client.args(["--password=salon", "--skip-column-names", "--execute=SHOW STATUS LIKE 'Ssl_version'"]);
        let output = client.args(arguments).output().expect("mariadb");
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(output.stderr)
        }
    };
    let trusted = format!("--ssl-ca={}", authority.display());
    let trusting = connect(&["--ssl-verify-server-cert", &trusted]);
    assert!(trusting.as_ref().is_ok_and(|version| version.contains("TLS")), "{trusting:?}");
    assert!(connect(&["--ssl", "--ssl-verify-server-cert"]).is_err(), "its authority is not trusted");
    assert!(connect(&["--skip-ssl"]).is_err(), "it accepts connections without TLS");
}
