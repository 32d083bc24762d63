//! Hints: the most similar valid name for an invalid one.

/// How similar two names must be, from 0 to 1, for one to count as a misspelling of the other.
const MIN_SIMILARITY: f64 = 0.6;

/// Returns the name that was probably meant.
pub fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    names
        .into_iter()
        .map(|name| (strsim::normalized_damerau_levenshtein(wrong, name), name))
        .filter(|&(similarity, _)| similarity >= MIN_SIMILARITY)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, name)| name)
}

/// Returns ` (did you mean …?)`, to stand behind an unknown name, or nothing if no name is similar.
pub fn did_you_mean<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    nearest(wrong, names).map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default()
}

/// Returns "did you mean …?", or else the valid names, or else the advice to remove it.
pub(super) fn hint(wrong: &str, names: &[&str]) -> String {
    match nearest(wrong, names.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None if names.is_empty() => "remove it".to_owned(),
        None => format!("use one of `{}`", names.join("`, `")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_a_stranger_finds_the_list() {
        let names = ["lifetime", "driver"];
        assert_eq!(hint("lifetme", &names), "did you mean `lifetime`?");
        assert_eq!(hint("life_time", &names), "did you mean `lifetime`?");
        assert_eq!(hint("colour", &names), "use one of `lifetime`, `driver`");
        assert_eq!(hint("colour", &[]), "remove it");
    }
}
