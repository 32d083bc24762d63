//! Deserializes a route's parameters with serde.

use std::fmt::Display;

use serde::{
    Deserializer,
    de::{
        self, IntoDeserializer, Unexpected, Visitor, value::MapDeserializer, value::SeqDeserializer,
        value::StrDeserializer,
    },
    forward_to_deserialize_any,
};

/// Why the parameters cannot be deserialized into the handler's type.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// A value does not parse.
    #[error("cannot parse a parameter of the path: {0}")]
    Value(String),

    /// The type does not fit the route, whatever the values.
    #[error("the handler's Path type does not fit the route: {0}")]
    Shape(String),
}

impl de::Error for PathError {
    fn custom<T: Display>(message: T) -> Self {
        Self::Value(message.to_string())
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::Shape(format!("the route has {unexpected}, the handler asks for {expected}"))
    }

    fn invalid_length(length: usize, expected: &dyn de::Expected) -> Self {
        Self::Shape(format!("the route has {length} parameters, the handler asks for {expected}"))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Shape(format!("the route has no parameter `{field}`"))
    }
}

type Params<'params> = &'params [(&'params str, &'params str)];

/// All parameters of a route.
pub(super) struct ParamsDeserializer<'params>(pub(super) Params<'params>);

impl<'params> ParamsDeserializer<'params> {
    /// Returns the only value, for a handler that asks for one.
    fn single(&self) -> Result<ValueDeserializer<'params>, PathError> {
        match self.0 {
            [(_, value)] => Ok(ValueDeserializer(value)),
            params => {
                Err(PathError::Shape(format!("the route has {} parameters, the handler asks for one", params.len())))
            }
        }
    }
}

macro_rules! single {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
            self.single()?.$method(visitor)
        })*
    };
}

/// Treats a type as another one, whatever its name, length and fields: the visitor checks those.
macro_rules! same {
    ($($method:ident($($argument:ty),*) => $other:ident,)*) => {
        $(fn $method<V: Visitor<'de>>(self, $(_: $argument,)* visitor: V) -> Result<V::Value, PathError> {
            self.$other(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for ParamsDeserializer<'de> {
    type Error = PathError;

    single! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64
        deserialize_char deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf deserialize_identifier
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        if self.0.is_empty() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, PathError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        let mut values = SeqDeserializer::new(self.0.iter().map(|(_, value)| ValueDeserializer(value)));
        let read = visitor.visit_seq(&mut values)?;
        values.end()?;
        Ok(read)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        visitor.visit_map(MapDeserializer::new(self.0.iter().map(|(name, value)| (*name, ValueDeserializer(value)))))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PathError> {
        self.single()?.deserialize_enum(name, variants, visitor)
    }

    same! {
        deserialize_tuple(usize) => deserialize_seq,
        deserialize_tuple_struct(&'static str, usize) => deserialize_seq,
        deserialize_struct(&'static str, &'static [&'static str]) => deserialize_map,
        deserialize_unit_struct(&'static str) => deserialize_unit,
        deserialize_ignored_any() => deserialize_unit,
    }
}

/// One parameter.
struct ValueDeserializer<'value>(&'value str);

impl<'de> IntoDeserializer<'de, PathError> for ValueDeserializer<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! parsed {
    ($($method:ident => $visit:ident,)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
            match self.0.parse() {
                Ok(value) => visitor.$visit(value),
                Err(_) => Err(de::Error::invalid_value(Unexpected::Str(self.0), &visitor)),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for ValueDeserializer<'de> {
    type Error = PathError;

    parsed! {
        deserialize_bool => visit_bool, deserialize_char => visit_char,
        deserialize_i8 => visit_i8, deserialize_i16 => visit_i16, deserialize_i32 => visit_i32, deserialize_i64 => visit_i64,
        deserialize_u8 => visit_u8, deserialize_u16 => visit_u16, deserialize_u32 => visit_u32, deserialize_u64 => visit_u64,
        deserialize_i128 => visit_i128, deserialize_u128 => visit_u128,
        deserialize_f32 => visit_f32, deserialize_f64 => visit_f64,
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        visitor.visit_borrowed_str(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PathError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, PathError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PathError> {
        visitor.visit_enum(StrDeserializer::new(self.0))
    }

    forward_to_deserialize_any! {
        str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    fn read<'params, T: Deserialize<'params>>(params: Params<'params>) -> Result<T, PathError> {
        T::deserialize(ParamsDeserializer(params))
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Post {
        slug: String,
        year: u16,
        page: Option<u8>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Id(u64);

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Order {
        Newest,
    }

    const TWO: Params<'static> = &[("year", "2026"), ("slug", "a b")];

    #[test]
    fn one_value_a_tuple_or_a_struct() {
        assert_eq!(read::<u64>(&[("id", "7")]).unwrap(), 7);
        assert_eq!(read::<Id>(&[("id", "7")]).unwrap(), Id(7));
        assert_eq!(read::<Order>(&[("order", "newest")]).unwrap(), Order::Newest);
        assert_eq!(read::<String>(&[("id", "ü")]).unwrap(), "ü");
        assert_eq!(read::<(u16, String)>(TWO).unwrap(), (2026, "a b".into()));
        assert_eq!(read::<Vec<String>>(TWO).unwrap(), ["2026", "a b"]);
        assert_eq!(read::<Post>(TWO).unwrap(), Post { slug: "a b".into(), year: 2026, page: None });
        assert_eq!(read::<Option<u64>>(&[]).unwrap(), None);
        assert_eq!(read::<Option<u64>>(&[("id", "7")]).unwrap(), Some(7));
    }

    #[test]
    fn what_does_not_parse_is_the_visitors_fault() {
        assert!(matches!(read::<u64>(&[("id", "x")]), Err(PathError::Value(_))));
        assert!(matches!(read::<u8>(&[("id", "256")]), Err(PathError::Value(_))));
        assert!(matches!(read::<Order>(&[("order", "oldest")]), Err(PathError::Value(_))));
        assert!(matches!(read::<(String, u8)>(TWO), Err(PathError::Value(_))));
    }

    #[test]
    fn a_type_that_cannot_fit_is_ours() {
        assert!(matches!(read::<u64>(TWO), Err(PathError::Shape(_))));
        assert!(matches!(read::<u64>(&[]), Err(PathError::Shape(_))));
        assert!(matches!(read::<(u16,)>(TWO), Err(PathError::Shape(_))));
        assert!(matches!(read::<(u16, String, u8)>(TWO), Err(PathError::Shape(_))));
        assert!(matches!(read::<Post>(&[("year", "2026")]), Err(PathError::Shape(_))));
    }
}
