//! PostgreSQL.

use std::process::Command;

use salon_tests::servers::{Daemon, Postgres};

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
fn a_postgresql_server_answers_and_keeps_what_it_has_committed() {
    let postgres = Postgres::with_settings(&["max_connections = 7"]);
    assert_eq!(postgres.command("SHOW max_connections"), "7");
    postgres.command("CREATE TABLE kept (number int)");
    let port = postgres.port();
    for (rows, stop) in [(1, Daemon::stop as fn(&Daemon)), (2, Daemon::kill)] {
        postgres.command("INSERT INTO kept VALUES (1)");
        stop(&postgres);
        assert_eq!(postgres.id(), None);
        postgres.start_again();
        assert_eq!(postgres.command("SELECT count(*) FROM kept"), rows.to_string());
        assert_eq!(postgres.port(), port);
    }
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
fn a_database_of_its_own_is_empty_and_apart() {
    let postgres = Postgres::shared();
    let url = postgres.database("apart");
    assert_eq!(url, format!("postgres://salon:salon@127.0.0.1:{}/apart", postgres.port()));
    postgres.command_in("apart", "CREATE TABLE here (number int)");
    assert_eq!(postgres.command("SELECT to_regclass('here')"), "");
    assert_eq!(postgres.database("apart"), url);
    assert_eq!(postgres.command_in("apart", "SELECT to_regclass('here')"), "");
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL: apt-get install postgresql")]
fn a_postgresql_server_speaks_tls_with_whoever_trusts_its_certificate() {
    let postgres = Postgres::with_tls();
    let authority = postgres.certificate().expect("a certificate").authority();
    let connect = |url: &str| {
        let mut psql = Command::new("psql");
        psql.args([
            "--tuples-only",
            "--no-align",
            "--command",
            "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
        ]);
        let output = psql.args(["--dbname", url]).output().expect("psql");
        if output.status.success() { Ok(output.stdout) } else { Err(output.stderr) }
    };
    let trusting = format!("{}&sslrootcert={}", postgres.url(), authority.display());
    assert_eq!(connect(&trusting), Ok(b"t\n".to_vec()));
    assert!(connect(&postgres.url()).is_err(), "its authority is not trusted");
    assert!(connect(&postgres.url().replace("verify-full", "disable")).is_err(), "it accepts connections without TLS");
}
