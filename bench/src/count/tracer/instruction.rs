//! As much of an x86-64 instruction as decides what is counted.

/// What an instruction is counted as, besides as an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Plain,
    /// An atomic one: with `lock`, or an `xchg` with memory, which needs no `lock`.
    ReadModifyWrite,
    SystemCall,
    /// `rdtsc` or `rdtscp`.
    ClockRead,
    /// A string instruction with `rep`: each repetition is one step.
    Repeats,
}

impl Class {
    /// Of the instruction at the start of `bytes`, which may be longer than it (an instruction has up to 15 bytes).
    pub(super) fn of(bytes: &[u8]) -> Class {
        let prefixes = bytes.iter().take_while(|byte| is_prefix(**byte)).count();
        let (prefixes, rest) = bytes.split_at(prefixes);
        if prefixes.contains(&0xF0) {
            return Class::ReadModifyWrite;
        }
        let repeats = prefixes.iter().any(|byte| matches!(byte, 0xF2 | 0xF3));
        match *rest {
            // The two upper bits of the byte after the opcode are both set where no operand is in memory.
            [0x86 | 0x87, operands, ..] if operands >> 6 != 0b11 => Class::ReadModifyWrite,
            [0x0F, 0x05, ..] => Class::SystemCall,
            [0x0F, 0x31, ..] | [0x0F, 0x01, 0xF9, ..] => Class::ClockRead,
            // ins and outs; movs and cmps; stos, lods and scas.
            [0x6C..=0x6F | 0xA4..=0xA7 | 0xAA..=0xAF, ..] if repeats => Class::Repeats,
            _ => Class::Plain,
        }
    }
}

/// Sizes, segments, `lock`, `rep`, and in 64-bit code REX.
fn is_prefix(byte: u8) -> bool {
    matches!(byte, 0x66 | 0x67 | 0x2E | 0x36 | 0x3E | 0x26 | 0x64 | 0x65 | 0xF0 | 0xF2 | 0xF3 | 0x40..=0x4F)
}

#[cfg(test)]
mod tests {
    use super::Class::{self, ClockRead, Plain, ReadModifyWrite, Repeats, SystemCall};

    #[test]
    fn samples() {
        let samples: &[(&str, Class, &[u8])] = &[
            ("lock xadd [rdi], rax", ReadModifyWrite, &[0xF0, 0x48, 0x0F, 0xC1, 0x07]),
            ("lock cmpxchg [rdi], ecx", ReadModifyWrite, &[0xF0, 0x0F, 0xB1, 0x0F]),
            ("lock cmpxchg16b [r8]", ReadModifyWrite, &[0xF0, 0x49, 0x0F, 0xC7, 0x08]),
            ("lock or dword [rsp], 0", ReadModifyWrite, &[0xF0, 0x83, 0x0C, 0x24, 0x00]),
            ("fs lock inc word [rax]", ReadModifyWrite, &[0x64, 0x66, 0xF0, 0xFF, 0x00]),
            ("xchg [rdi], rax", ReadModifyWrite, &[0x48, 0x87, 0x07]),
            ("xchg [rip + 16], al", ReadModifyWrite, &[0x86, 0x05, 0x10, 0, 0, 0]),
            ("xchg [rbp - 8], r9w", ReadModifyWrite, &[0x66, 0x44, 0x87, 0x4D, 0xF8]),
            ("lock xchg [rdi], eax", ReadModifyWrite, &[0xF0, 0x87, 0x07]),
            ("xchg rdi, rax", Plain, &[0x48, 0x87, 0xC7]),
            ("cmpxchg [rdi], ecx", Plain, &[0x0F, 0xB1, 0x0F]),
            ("nop", Plain, &[0x90]),
            ("pause", Plain, &[0xF3, 0x90]),
            ("endbr64", Plain, &[0xF3, 0x0F, 0x1E, 0xFA]),
            ("syscall", SystemCall, &[0x0F, 0x05]),
            ("ud2, then the bytes of a syscall", Plain, &[0x0F, 0x0B, 0x0F, 0x05]),
            ("mov eax, 0x050f", Plain, &[0xB8, 0x0F, 0x05, 0, 0]),
            ("vaddps ymm0, ymm1, ymm2", Plain, &[0xC5, 0xF4, 0x58, 0xC2]),
            ("rdtsc", ClockRead, &[0x0F, 0x31]),
            ("rdtscp", ClockRead, &[0x0F, 0x01, 0xF9]),
            ("xgetbv", Plain, &[0x0F, 0x01, 0xD0]),
            ("rep movsb", Repeats, &[0xF3, 0xA4]),
            ("rep stosq", Repeats, &[0xF3, 0x48, 0xAB]),
            ("repne scasb", Repeats, &[0xF2, 0xAE]),
            ("stosq", Plain, &[0x48, 0xAB]),
            ("test al, 1", Plain, &[0xA8, 0x01]),
            ("only prefixes", Plain, &[0x66, 0x48]),
            ("nothing", Plain, &[]),
        ];
        for (text, class, bytes) in samples {
            assert_eq!(Class::of(bytes), *class, "{text}");
            let longer = [bytes, [0xF0; 15].as_slice()].concat();
            assert!(
                bytes.len() < 2 || *text == "only prefixes" || Class::of(&longer) == *class,
                "{text}, and on"
            );
        }
    }
}
