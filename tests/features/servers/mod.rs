//! The servers that drivers are tested on do what those tests rely on: they start, respond, come back, and leave
//! nothing.

mod cluster;
mod leaving;
mod mariadb;
mod memcached;
mod postgres;
mod redis;
mod sentinel;

/// Twenty processes at once would take the same port if each only checked whether it is free.
#[test]
fn two_processes_are_never_given_the_same_port() {
    const ROLE: &str = "SALON_TAKES_PORTS";
    let ports = || (0..150).map(|_| salon_tests::servers::free_port());
    if std::env::var_os(ROLE).is_some() {
        let taken: Vec<String> = ports().map(|port| port.to_string()).collect();
        println!("\ntaken {}", taken.join(" "));
        // Until the other process has taken its own.
        let _ = std::io::stdin().read_line(&mut String::new());
        return;
    }
    let mut other = std::process::Command::new(std::env::current_exe().expect("a path"));
    other.args(["servers::two_processes_are_never_given_the_same_port", "--exact", "--nocapture"]).env(ROLE, "1");
    let mut other =
        other.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().expect("a process");
    let lines = std::io::BufRead::lines(std::io::BufReader::new(other.stdout.take().expect("the output is piped")));
    let taken = lines.map_while(Result::ok).find_map(|line| Some(line.strip_prefix("taken ")?.to_owned()));
    let taken: Vec<u16> = taken.expect("ports").split(' ').filter_map(|port| port.parse().ok()).collect();
    assert_eq!(taken.len(), 150);
    // Of 12000 ports: without coordination, two would almost certainly be the same after a few rounds.
    let twice: Vec<u16> = (0..10).flat_map(|_| ports()).filter(|port| taken.contains(port)).collect();
    // The process has nothing more to say.
    other.kill().and_then(|()| other.wait()).expect("its end");
    assert_eq!(twice, Vec::<u16>::new());
}
