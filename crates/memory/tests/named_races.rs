//! Named blocks whose makers, sweepers and publishers race.

mod names;
mod programs;

use std::fs;

use names::{file, fresh, named_for};
use programs::{Player, hear, say, told};
use sharray_memory::named::{self, PublishOptions};
use sharray_memory::{Attachment, NamedOptions};

/// All files of the mount that have this in their name.
fn files_of(name: &str) -> Vec<String> {
    let entries = fs::read_dir("/dev/shm").unwrap().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|full| full.contains(name))
        .collect()
}

/// What the other processes of these tests do.
#[test]
fn part() {
    let Some(told) = told() else { return };
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    match told[..] {
        ["sweep"] => loop {
            named::sweep();
        },
        ["sweep", "once"] => {
            say("ready");
            hear();
            say(&named::sweep().join(" "));
        }
        ["race", name, rounds] => {
            let (mut made, mut refused) = (0, 0);
            for _ in 0..rounds.parse().unwrap() {
                let block = Attachment::create_named(64, &NamedOptions::default()).unwrap();
                match block.link(Some(name), false) {
                    Ok(full) => {
                        block
                            .pwrite_at(&std::process::id().to_le_bytes(), 0)
                            .unwrap();
                        let other = Attachment::attach_name(name, false).unwrap();
                        let mut found = [0; 4];
                        other.pread_at(&mut found, 0).unwrap();
                        assert_eq!(u32::from_le_bytes(found), std::process::id());
                        assert!(file(&full).exists(), "a live block lost its name");
                        made += 1;
                    }
                    Err(error) => {
                        assert_eq!(error.code(), "FILE_EXISTS");
                        refused += 1;
                    }
                }
            }
            say(&format!("{made} {refused}"));
        }
        ["replace", name, rounds] => {
            let mut held = None;
            for round in 0..rounds.parse().unwrap() {
                let block = Attachment::create_named(64, &NamedOptions::default()).unwrap();
                block.pwrite_at(&[1; 64], 0).unwrap();
                let replace = PublishOptions {
                    replace: true,
                    mode: None,
                };
                block.publish(name, &replace).unwrap();
                // What was published before goes only now: there is one under the name at any time.
                held = Some(block);
                if round == 0 {
                    say("begun");
                }
            }
            say("done");
            hear();
            drop(held);
        }
        ["publish", name, rounds] => {
            for _ in 0..rounds.parse().unwrap() {
                let block = Attachment::create_named(64, &NamedOptions::default()).unwrap();
                block.pwrite_at(&[1; 64], 0).unwrap();
                let replace = PublishOptions {
                    replace: true,
                    mode: None,
                };
                block.publish(name, &replace).unwrap();
            }
            say("done");
        }
        ["leave", name] => {
            let block = named_for(name, 0o600);
            std::mem::forget(block);
        }
        _ => panic!("{told:?}"),
    }
}

#[test]
fn two_sweepers_share_what_there_is() {
    let names: Vec<String> = (0..20).map(|_| fresh()).collect();
    let mut sweepers = [Player::start("sweep once"), Player::start("sweep once")];
    for sweeper in &mut sweepers {
        sweeper.hear();
    }
    // Left behind by processes that end without closing.
    let leavers: Vec<Player> = names
        .iter()
        .map(|name| Player::start(&format!("leave {name}")))
        .collect();
    for leaver in leavers {
        leaver.end();
    }
    for sweeper in &mut sweepers {
        sweeper.say("go");
    }
    let swept: Vec<String> = sweepers
        .iter_mut()
        .flat_map(|sweeper| {
            sweeper
                .hear()
                .split(' ')
                .map(String::from)
                .collect::<Vec<_>>()
        })
        .collect();
    for full in names.iter().map(|name| format!("sharray.{name}")) {
        assert!(!file(&full).exists());
        assert!(
            swept.iter().filter(|one| **one == full).count() <= 1,
            "{full}"
        );
    }
}

#[test]
fn sweepers_and_makers_of_one_name_never_lose_a_live_block() {
    let name = fresh();
    let sweepers = [Player::start("sweep"), Player::start("sweep")];
    let mut makers: Vec<Player> = (0..3)
        .map(|_| Player::start(&format!("race {name} 1000")))
        .collect();
    let mut made = 0;
    for maker in &mut makers {
        let said = maker.hear();
        made += said.split(' ').next().unwrap().parse::<u32>().unwrap();
    }
    assert!(made > 0);
    for maker in makers {
        maker.end();
    }
    drop(sweepers);
    assert!(!file(&format!("sharray.{name}")).exists());
}

#[test]
fn whoever_attaches_while_others_publish_finds_a_complete_block_each_time() {
    let name = fresh();
    let sweepers = [Player::start("sweep"), Player::start("sweep")];
    let mut publishers: Vec<Player> = (0..2)
        .map(|_| Player::start(&format!("replace {name} 1000")))
        .collect();
    let mut working = publishers.len();
    for publisher in &mut publishers {
        assert_eq!(publisher.hear(), "begun");
    }
    std::thread::scope(|scope| {
        let hearing: Vec<_> = publishers
            .iter_mut()
            .map(|publisher| scope.spawn(|| assert_eq!(publisher.hear(), "done")))
            .collect();
        while working > 0 {
            let block = Attachment::attach_name(&name, true).unwrap();
            let mut bytes = [0; 64];
            block.pread_at(&mut bytes, 0).unwrap();
            assert_eq!(bytes, [1; 64]);
            working = hearing.iter().filter(|one| !one.is_finished()).count();
        }
    });
    for mut publisher in publishers {
        publisher.say("end");
        publisher.end();
    }
    drop(sweepers);
    assert_eq!(files_of(&name), Vec::<String>::new());
}

#[test]
fn many_publish_one_name_and_the_last_ones_goes_with_it() {
    let name = fresh();
    let mut players: Vec<Player> = (0..3)
        .map(|_| Player::start(&format!("publish {name} 500")))
        .collect();
    for player in &mut players {
        player.hear();
    }
    for player in players {
        player.end();
    }
    assert_eq!(files_of(&name), Vec::<String>::new());
}
