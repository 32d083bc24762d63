//! Media types: the type of a body, and the type that a client prefers.

/// A media type without its parameters.
pub(crate) fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// True if this media type, without parameters, is JSON or built on JSON.
pub(crate) fn is_json(essence: &str) -> bool {
    let suffix = essence.len().checked_sub("+json".len()).and_then(|start| essence.get(start..));
    essence.eq_ignore_ascii_case("application/json") || suffix.is_some_and(|end| end.eq_ignore_ascii_case("+json"))
}

/// True if this `Accept` header ranks JSON above HTML. Of two equal ranks, the first one listed wins.
pub(crate) fn prefers_json(accept: &str) -> bool {
    let (mut json, mut page) = (0.0, 0.0);
    for item in accept.split(',') {
        let kind = essence(item);
        let quality = quality(item);
        if is_json(kind) && quality > page && quality > json {
            json = quality;
        } else if is_page(kind) && quality > json && quality > page {
            page = quality;
        }
    }
    json > page
}

fn is_page(essence: &str) -> bool {
    ["text/html", "application/xhtml+xml"].iter().any(|page| essence.eq_ignore_ascii_case(page))
}

fn quality(item: &str) -> f32 {
    let quality = item.split(';').skip(1).find_map(|parameter| parameter.trim().strip_prefix("q="));
    quality.map_or(1.0, |quality| quality.trim().parse().unwrap_or(0.0))
}
