//! What a request does to the existing sessions: each change in one step, on the record as it is at that moment.

use crate::tests::model::{
    data::{Change, Misfit, Stay},
    operation::Operation,
    request::{Answer, Entry, Phase, Renewal, Request, known},
    sessions::{Cookie, Ending, Name, Place, Record, Sessions},
};

impl Sessions {
    /// Carries out what a handler asks for.
    pub(super) fn act(&mut self, request: &mut Request, operation: &Operation) -> Answer {
        let is_open = request.phase == Phase::Open;
        match operation {
            Operation::Regenerate | Operation::Login(_) if is_open => {
                request.name = Some(self.new_name());
                match request.view.token {
                    Some(old) if matches!(operation, Operation::Regenerate) => {
                        self.secrets += 1;
                        let _ = request.change(Entry::NewToken { old, new: self.secrets }, self.now);
                    }
                    Some(_) => request.make_token(self.now, &mut self.secrets),
                    None => {}
                }
                if let Operation::Login(user) = operation {
                    (request.user, request.renewal) = (Some(*user), Some(Renewal::Immediate));
                }
                request.renewal.get_or_insert(Renewal::Graceful);
                Answer::Done
            }
            // A destroyed session can be saved once more, which ends it in the store.
            Operation::Save if is_open || !request.ended.is_empty() => self.commit(request, Ending::Save),
            Operation::Close if is_open || !request.ended.is_empty() => self.commit(request, Ending::Release),
            // There is nothing to save.
            Operation::Save | Operation::Close if request.phase == Phase::ReadOnly => Answer::Done,
            Operation::Take(key) if is_open => self.take(request, key),
            Operation::Regenerate | Operation::Login(_) | Operation::Save | Operation::Close | Operation::Take(_) => {
                Answer::Failed
            }
            other => request.act(other, self.now, &mut self.secrets),
        }
    }

    /// Brings the sessions up to date with a request.
    pub(super) fn commit(&mut self, request: &mut Request, ending: Ending) -> Answer {
        let ends = !matches!(ending, Ending::Save | Ending::Release);
        let writes = match request.phase {
            Phase::Open => ending != Ending::Fail,
            Phase::ReadOnly => ending != Ending::Fail && request.kept.is_some(),
            Phase::Released => ending == Ending::CloseAndAge,
            Phase::Ended => false,
        };
        for name in std::mem::take(&mut request.ended) {
            self.destroy(name);
        }
        let did_something = writes && {
            if ending == Ending::CloseAndAge && request.phase != Phase::ReadOnly {
                age(request, self.now);
            }
            if ending != Ending::Save && request.phase == Phase::Open {
                self.renew_by_age(request);
            }
            match &request.kept {
                None => self.create(request),
                Some(kept) if request.journal.is_empty() && request.renewal.is_none() => {
                    let (name, active) = (kept.name, kept.active);
                    self.touch(request, name, active)
                }
                Some(_) => {
                    self.save(request);
                    true
                }
            }
        };
        if let (Some(Cookie::Set(name, _)), true, false) = (request.cookie, ends, did_something)
            && !matches!(self.places[&name], Place::Live(_))
        {
            // Otherwise the browser would be sent to a session that has ended since.
            request.cookie = None;
        }
        if ending == Ending::Release && request.phase != Phase::Ended {
            request.phase = Phase::Released;
        }
        Answer::Done
    }

    fn renew_by_age(&mut self, request: &mut Request) {
        if let (Some(kept), Some(age), None) = (&request.kept, self.limits.renewal, request.renewal)
            && !request.is_late
            && self.now >= kept.renewed + age
        {
            (request.name, request.renewal) = (Some(self.new_name()), Some(Renewal::Graceful));
        }
    }

    fn create(&mut self, request: &mut Request) -> bool {
        if request.view.data.live(self.now).is_empty() && request.view.token.is_none() && request.user.is_none() {
            request.journal.clear();
            request.renewal = None;
            return false;
        }
        if request.view.token.is_none() {
            request.make_token(self.now, &mut self.secrets);
        }
        let name = request.name.unwrap_or_else(|| self.new_name());
        request.view.data.stamp(1);
        let (content, user) = (request.view.clone(), request.user);
        let now = self.now;
        let record = Record { version: 1, created: now, active: now, renewed: now, user, content };
        self.put(request, name, record, true);
        true
    }

    fn touch(&mut self, request: &mut Request, name: Name, active: u64) -> bool {
        if !self.is_touch_due(active) {
            return false;
        }
        match self.places.get_mut(&name) {
            Some(Place::Live(record)) => {
                record.active = self.now;
                let record = record.clone();
                if !request.is_late {
                    request.cookie = Some(self.cookie(name, &record));
                }
                if let Some(kept) = &mut request.kept {
                    kept.active = self.now;
                }
            }
            _ => forget_cookie(request),
        }
        true
    }

    fn save(&mut self, request: &mut Request) {
        let Some(kept) = request.kept.clone() else { return };
        let (journal, renewal) = (std::mem::take(&mut request.journal), request.renewal.take());
        let is_late = request.is_late || self.is_obsolete(kept.name);
        let Some((found, mut record)) = self.follow_under_way(kept.name) else {
            forget_cookie(request);
            return;
        };
        // A request whose session another one renews meanwhile takes the existing name; a request that logs in takes
        // the session along.
        let renewal = renewal.filter(|renewal| found == kept.name || *renewal == Renewal::Immediate);
        if found == kept.name && record.version == kept.version {
            record.content = request.view.clone();
        } else {
            for entry in &journal {
                // Values that no longer fit are left out.
                let _: Result<(), Misfit> = entry.apply(&mut record.content, self.now);
            }
        }
        request.is_late = is_late && renewal.is_none();
        if request.is_late {
            forget_cookie(request);
        }
        if journal.is_empty() && renewal.is_none() && !self.is_touch_due(record.active) {
            // It was only to be renewed, and another request has done that.
            self.put(request, found, record, !is_late);
            return;
        }
        let is_touched = self.is_touch_due(kept.active);
        record.version += 1;
        record.content.data.stamp(record.version);
        record.active = if is_touched { self.now } else { record.active.max(kept.active) };
        let mut name = found;
        if let Some(renewal) = renewal {
            (record.user, record.renewed) = (request.user, self.now);
            name = request.name.unwrap();
            let grace = self.now + self.limits.grace;
            let end = self.end(record.created, record.active).max(grace);
            let until = (renewal == Renewal::Graceful).then_some(grace);
            self.places.insert(found, Place::Rotated { to: name, until, end });
        }
        // The browser got the new name from the request that renewed the session.
        let is_told = renewal.is_some() || ((is_touched || name != kept.name) && !request.is_late);
        self.put(request, name, record, is_told);
    }

    fn put(&mut self, request: &mut Request, name: Name, record: Record, tells: bool) {
        if tells {
            request.cookie = Some(self.cookie(name, &record));
        }
        request.journal.clear();
        request.renewal = None;
        request.name = Some(name);
        request.user = record.user;
        request.view = record.content.clone();
        request.keep(name, &record);
        self.places.insert(name, Place::Live(record));
    }

    /// Takes a value out of the session as it is now, immediately.
    fn take(&mut self, request: &mut Request, key: &'static str) -> Answer {
        let answer = |value: serde_json::Value| Answer::Value(Some(value).filter(|value| !value.is_null()));
        let decided_here = request.is_shadowed(key, self.now) || request.journal.iter().any(|entry| entry.decides(key));
        let Some(kept) = request.kept.clone().filter(|_| !decided_here) else {
            let Some(item) = request.get(key, self.now) else { return Answer::Value(None) };
            let _ = request.change(Entry::Key(key, Change::Forget), self.now);
            return answer(item.value);
        };
        let under_way = self.follow_under_way(kept.name).filter(|(_, record)| !self.is_expired(record));
        let Some((name, mut record)) = under_way else { return Answer::Value(None) };
        // What this request has added to the value is taken too.
        for entry in request.journal.iter().filter(|entry| entry.concerns(key)) {
            let _ = entry.apply(&mut record.content, self.now);
        }
        let taken = record.content.data.get(key, self.now);
        let _ = request.view.data.apply(key, &Change::Forget, self.now);
        let Some(item) = taken else { return Answer::Value(None) };
        let _ = record.content.data.apply(key, &Change::Forget, self.now);
        request.journal.retain(|entry| !entry.concerns(key));
        if let Some(kept) = &mut request.kept
            && kept.version == record.version
        {
            kept.version += 1;
        }
        record.version += 1;
        record.content.data.stamp(record.version);
        self.places.insert(name, Place::Live(record));
        answer(item.value)
    }
}

/// What the request was handed to show is removed, unless it was kept.
fn age(request: &mut Request, now: u64) {
    for (key, item) in request.view.data.live(now) {
        if let Stay::Flash(Some(number)) = item.stay
            && item.stay.is_handed(request.loaded)
        {
            request.view.data.remove(&key);
            request.journal.push(Entry::Key(known(&key), Change::Age(number)));
        }
    }
}

fn forget_cookie(request: &mut Request) {
    if matches!(request.cookie, Some(Cookie::Set(..))) {
        request.cookie = None;
    }
}
