//! URLs of named routes.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Display,
};

use salon_core::config::nearest;

use super::pattern::{FillError, Pattern};

/// Why no URL can be built for a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// No route has this name.
    #[error("no route is named `{name}`{}", nearest.as_ref().map_or_else(|| format!(": give it to a route with `.name(\"{name}\")`"), |nearest| format!(": did you mean `{nearest}`?")))]
    UnknownRoute {
        /// The name.
        name: String,
        /// The most similar name that exists.
        nearest: Option<String>,
    },

    /// A parameter of the route is missing or empty.
    #[error("the route `{route}` needs the parameter `{parameter}`, but it is missing or empty: pass a value for it")]
    MissingParameter {
        /// The route's name.
        route: String,
        /// The parameter's name.
        parameter: String,
    },

    /// A parameter of the route is `.` or `..`, or a rest parameter contains such a segment. Browsers resolve them, also
    /// percent-encoded, so that the link would lead to another page.
    #[error(
        "the parameter `{parameter}` of the route `{route}` must not be `.` or `..`, or contain such a segment: browsers would request another path, so refuse such a value earlier or put it into the query"
    )]
    DotSegment {
        /// The route's name.
        route: String,
        /// The parameter's name.
        parameter: String,
    },
}

/// The table of named routes. The router creates it and binds it in the container.
#[derive(Debug, Default)]
pub struct Urls {
    patterns: HashMap<String, Pattern>,
}

impl Urls {
    pub(crate) fn insert(&mut self, name: &str, pattern: Pattern) {
        self.patterns.insert(name.to_owned(), pattern);
    }

    /// Returns the path of a named route with its parameters filled in and percent-encoded. Values that are not
    /// parameters of the route are added to the query.
    ///
    /// # Errors
    /// Returns a [`UrlError`] if the name is unknown, if a parameter is missing, or if one would be a segment `.` or `..` of
    /// the path.
    pub fn url<K, V>(&self, name: &str, params: impl IntoIterator<Item = (K, V)>) -> Result<String, UrlError>
    where
        K: AsRef<str>,
        V: Display,
    {
        let pattern = self.patterns.get(name).ok_or_else(|| UrlError::UnknownRoute {
            name: name.to_owned(),
            nearest: nearest(name, self.patterns.keys().map(String::as_str)).map(str::to_owned),
        })?;
        let params: Vec<(K, V)> = params.into_iter().collect();
        let find = |name: &str| params.iter().find_map(|(key, value)| (key.as_ref() == name).then_some(value));
        let mut url = pattern.fill(find).map_err(|error| match error {
            FillError::Missing(parameter) => {
                UrlError::MissingParameter { route: name.to_owned(), parameter: parameter.to_owned() }
            }
            FillError::DotSegment(parameter) => {
                UrlError::DotSegment { route: name.to_owned(), parameter: parameter.to_owned() }
            }
        })?;
        let known: Vec<&str> = pattern.parameters().collect();
        let mut separator = '?';
        for (key, value) in params.iter().filter(|(key, _)| !known.contains(&key.as_ref())) {
            url.push(separator);
            separator = '&';
            for (text, between) in [(key.as_ref(), "="), (value.to_string().as_str(), "")] {
                url.extend(percent_encoding::utf8_percent_encode(text, super::pattern::SEGMENT));
                url.push_str(between);
            }
        }
        Ok(url)
    }

    /// Returns all names and their paths, in the order of the names.
    #[must_use]
    pub fn names(&self) -> BTreeMap<&str, String> {
        let last = |pattern: &Pattern| pattern.paths().pop().unwrap_or_default();
        self.patterns.iter().map(|(name, pattern)| (name.as_str(), last(pattern))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls() -> Urls {
        let mut urls = Urls::default();
        for (name, pattern) in
            [("home", "/"), ("users.show", "/users/{id}"), ("posts", "/posts/{page?}"), ("files", "/files/{*path}")]
        {
            urls.insert(name, Pattern::parse(pattern).unwrap());
        }
        urls
    }

    #[test]
    fn parameters_are_encoded_and_leftovers_go_to_the_query() {
        let url = urls().url("users.show", [("id", "a/b c"), ("q", "x&y=z"), ("q", "ü")]).unwrap();
        assert_eq!(url, "/users/a%2Fb%20c?q=x%26y%3Dz&q=%C3%BC");
    }

    #[test]
    fn optional_and_rest_parameters() {
        let urls = urls();
        assert_eq!(urls.url("posts", [("page", 2)]).unwrap(), "/posts/2");
        assert_eq!(urls.url::<&str, &str>("posts", []).unwrap(), "/posts");
        assert_eq!(urls.url("files", [("path", "a/b?c")]).unwrap(), "/files/a/b%3Fc");
    }

    #[test]
    fn a_missing_parameter_is_named() {
        let error = urls().url("users.show", [("id", "")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the route `users.show` needs the parameter `id`, but it is missing or empty: pass a value for it"
        );
    }

    #[test]
    fn sr_35_a_parameter_that_leads_to_another_page_is_named() {
        for (route, parameter, value) in
            [("users.show", "id", ".."), ("posts", "page", "."), ("files", "path", "a/../../b")]
        {
            let expected = UrlError::DotSegment { route: route.to_owned(), parameter: parameter.to_owned() };
            assert_eq!(urls().url(route, [(parameter, value)]).unwrap_err(), expected);
        }
        assert_eq!(urls().url("users.show", [("id", "7"), ("next", "..")]).unwrap(), "/users/7?next=..");
    }

    #[test]
    fn a_misspelt_name_gets_the_nearest_one() {
        let error = urls().url::<&str, &str>("user.show", []).unwrap_err();
        assert_eq!(error.to_string(), "no route is named `user.show`: did you mean `users.show`?");
        let error = urls().url::<&str, &str>("zzz", []).unwrap_err();
        assert_eq!(error.to_string(), "no route is named `zzz`: give it to a route with `.name(\"zzz\")`");
    }
}
