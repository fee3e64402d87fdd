//! Named blocks between processes that are really killed, and that belong to different users.

mod names;
mod programs;

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use names::{code, file, fresh, named_for};
use programs::{Player, hear, say, told};
use rustix::fs::{FlockOperation, flock};
use sharray_memory::named::{self, PublishOptions};
use sharray_memory::{Attachment, Error, NamedOptions};

/// What the other processes of these tests do.
#[test]
fn part() {
    let Some(told) = told() else { return };
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    match told[..] {
        ["hold", name] => {
            let _block = named_for(name, 0o600);
            say("held");
            hear();
        }
        ["attach", name] => {
            let _block = Attachment::attach_name(name, false).unwrap();
            say("attached");
            hear();
        }
        ["fill"] => {
            let block = Attachment::create_named(1 << 20, &NamedOptions::default()).unwrap();
            say(&block.handle().ino.to_string());
            hear();
        }
        ["lock", name] => {
            let _lock = named::lock(name, 0o600).unwrap();
            say("locked");
            hear();
        }
        ["remove", full] => {
            // A remover that is stopped between its look and its unlink.
            let fd = fs::File::open(file(full)).unwrap();
            flock(&fd, FlockOperation::NonBlockingLockExclusive).unwrap();
            say("about to");
            hear();
        }
        ["sweep", "once"] => {
            say("ready");
            hear();
            say(&named::sweep().join(" "));
        }
        ["try", name] => {
            let own = Attachment::create_named(10, &NamedOptions::default()).unwrap();
            let replace = PublishOptions {
                replace: true,
                mode: None,
            };
            let other = Attachment::attach_name(name, false);
            let renamed = other.as_ref().map(|other| {
                let mode = PublishOptions {
                    replace: false,
                    mode: Some(0o600),
                };
                let new = format!("{name}-new");
                [
                    code(&other.publish(&new, &PublishOptions::default())),
                    code(&other.publish(&new, &mode)),
                ]
            });
            let codes = [
                code(&Attachment::attach_name(name, true)),
                code(&other),
                code(&named::unlink(name)),
                code(&own.publish(name, &replace)),
            ];
            let renamed = renamed.map_or(String::new(), |codes| codes.join(" "));
            say(&format!("{} {renamed}", codes.join(" ")));
        }
        _ => panic!("{told:?}"),
    }
}

#[test]
fn what_a_killed_holder_leaves_is_swept_and_what_is_held_is_not() {
    let (dead, alive) = (fresh(), fresh());
    let mut killed = Player::start(&format!("hold {dead}"));
    let mut holder = Player::start(&format!("hold {alive}"));
    killed.hear();
    holder.hear();
    let mut receiver = Player::start(&format!("attach {alive}"));
    receiver.hear();
    killed.kill();
    holder.kill();
    let (dead, alive) = (format!("sharray.{dead}"), format!("sharray.{alive}"));
    let listed = named::list().into_iter().find(|block| block.name == alive);
    let listed = listed.unwrap();
    assert!(listed.held && listed.holders.len() == 1, "{listed:?}");
    // Other tests sweep as well, so this one may not be the one that removes it.
    let swept = named::sweep();
    assert!(!swept.contains(&alive));
    assert!(!file(&dead).exists() && file(&alive).exists());
    receiver.say("end");
    receiver.end();
    assert!(!file(&alive).exists());
}

#[test]
fn a_dead_blocks_name_can_be_taken() {
    let name = fresh();
    let mut holder = Player::start(&format!("hold {name}"));
    holder.hear();
    let block = Attachment::create_named(10, &NamedOptions::default()).unwrap();
    assert_eq!(code(&block.link(Some(&name), true)), "FILE_EXISTS");
    holder.kill();
    block.link(Some(&name), true).unwrap();
    block.named_place().unwrap().unlink().unwrap();
}

#[test]
fn a_maker_that_is_killed_before_it_names_its_block_leaves_nothing() {
    let mut maker = Player::start("fill");
    let ino: u64 = maker.hear().parse().unwrap();
    maker.kill();
    use std::os::unix::fs::MetadataExt;
    let inodes = fs::read_dir("/dev/shm").unwrap().flatten();
    assert!(
        inodes
            .flat_map(|entry| entry.metadata())
            .all(|found| found.ino() != ino)
    );
}

#[test]
fn the_lock_of_a_name_goes_with_its_holder() {
    let name = fresh();
    let mut holder = Player::start(&format!("lock {name}"));
    holder.hear();
    let aside = format!("sharray.{name}~lock");
    assert!(!named::sweep().contains(&aside) && file(&aside).exists());
    assert!(named::list().iter().all(|block| block.name != aside));
    let got = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            let lock = named::lock(&name, 0o600).unwrap();
            got.store(true, Ordering::SeqCst);
            drop(lock);
        });
        assert!(!got.load(Ordering::SeqCst));
        holder.kill();
        waiter.join().unwrap();
    });
    assert!(!file(&aside).exists());
}

#[test]
fn one_of_many_gets_the_lock_at_a_time() {
    let name = fresh();
    let inside = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..100 {
                    let lock = named::lock(&name, 0o600).unwrap();
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                    named::sweep();
                    inside.fetch_sub(1, Ordering::SeqCst);
                    drop(lock);
                }
            });
        }
    });
    assert!(!file(&format!("sharray.{name}~lock")).exists());
}

#[test]
fn a_remover_that_is_killed_half_way_is_waited_for_and_then_forgotten() {
    let name = fresh();
    // Persistent, so that no sweep of another test removes what lies there without a holder.
    let kept = Attachment::create_named(10, &NamedOptions::default()).unwrap();
    let full = kept.link(Some(&name), true).unwrap();
    let place = kept.named_place().unwrap();
    drop(kept);
    let mut remover = Player::start(&format!("remove {full}"));
    remover.hear();
    std::thread::scope(|scope| {
        let attached =
            scope.spawn(|| Attachment::attach_name(&name, false).map(|block| block.data_len()));
        remover.kill();
        assert_eq!(attached.join().unwrap().unwrap(), 10);
    });
    place.unlink().unwrap();
}

#[test]
fn a_remover_that_hangs_is_not_waited_for_without_end() {
    let name = fresh();
    let kept = Attachment::create_named(10, &NamedOptions::default()).unwrap();
    let full = kept.link(Some(&name), true).unwrap();
    let place = kept.named_place().unwrap();
    drop(kept);
    let mut remover = Player::start(&format!("remove {full}"));
    remover.hear();
    match Attachment::attach_name(&name, false) {
        Err(Error::Io { errno, .. }) => assert_eq!(errno, rustix::io::Errno::AGAIN.raw_os_error()),
        other => panic!("{other:?}"),
    }
    remover.kill();
    place.unlink().unwrap();
}

/// A user without rights of his own; `None`, with the reason printed, where this process cannot become one.
fn nobody() -> Option<u32> {
    if rustix::process::geteuid().is_root() {
        return Some(65534);
    }
    println!("skipped: needs root, to become another user");
    None
}

#[test]
fn another_users_block_is_refused_unless_its_mode_lets_one_in() {
    let Some(uid) = nobody() else { return };
    let denied = "PERMISSION_DENIED";
    for (mode, codes) in [
        (0o600, vec![denied; 4]),
        (0o644, vec!["OK", denied, denied, denied]),
        (0o666, vec!["OK", "OK", denied, denied, denied, denied]),
    ] {
        let name = fresh();
        let block = named_for(&name, mode);
        let mut player = Player::as_user(&format!("try {name}"), Some(uid));
        assert_eq!(player.hear(), codes.join(" "), "{mode:o}");
        assert!(file(&block.name().unwrap()).exists());
    }
}

#[test]
fn root_is_refused_like_anybody() {
    let Some(uid) = nobody() else { return };
    let name = fresh();
    let mut player = Player::as_user(&format!("hold {name}"), Some(uid));
    player.hear();
    match Attachment::attach_name(&name, false) {
        Err(Error::PermissionDenied {
            name: full,
            uid: owner,
            mode,
            ..
        }) => {
            assert_eq!((full, owner, mode), (format!("sharray.{name}"), uid, 0o600));
        }
        other => panic!("{other:?}"),
    }
    let message = Attachment::attach_name(&name, false)
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("0o600") && message.contains("`mode:"),
        "{message}"
    );
    // Removing is the directory's affair, where root may.
    named::unlink(&name).unwrap();
}

#[test]
fn what_another_user_left_stays_for_him_and_root_to_sweep() {
    let Some(uid) = nobody() else { return };
    let name = fresh();
    let full = format!("sharray.{name}");
    let mut holder = Player::start(&format!("hold {name}"));
    holder.hear();
    let mut sweeper = Player::as_user("sweep once", Some(uid));
    sweeper.hear();
    holder.kill();
    sweeper.say("go");
    assert!(!sweeper.hear().contains(&full));
    named::sweep();
    assert!(!file(&full).exists());
}
