| Button Sum for the Mega Drive: both pads of every frame, added up. Work RAM has
|
|   $FF0010  4 bytes  "NPBS", the mark of a running game
|   $FF0014  4 bytes  frame counter
|   $FF0018  4 bytes  running hash over both pads of all frames
|   $FF0200  1024     ring of the hashes, by the low byte of the frame counter
|
| The background has the hash as its colour. Nothing is interrupted: the program waits for blanks.

        .equ    VERSION, 0xA10001
        .equ    TRADEMARK, 0xA14000
        .equ    PAD_ONE, 0xA10003
        .equ    PAD_TWO, 0xA10005
        .equ    PAD_LINES, 6            | from a pad's address to what its lines are for
        .equ    VIDEO, 0xC00004
        .equ    COLOUR, 0xC00000
        .equ    MEMORY, 0xFF0000

        .text
        .long   0x00FFFE00, start
        .rept   62
        .long   ignored
        .endr
        .ascii  "SEGA MEGA DRIVE "
        .ascii  "(C)NOBODY 2026  "
        .ascii  "BUTTON SUM                                      "
        .ascii  "BUTTON SUM                                      "
        .ascii  "GM 00000000-00"
        .word   0
        .ascii  "J               "
        .long   0, 0x1FFF, 0xFF0000, 0xFFFFFF
        .org    0x200

start:
        move.w  #0x2700, %sr
        move.b  VERSION, %d0
        andi.b  #0x0F, %d0
        beq     1f
        move.l  #0x53454741, TRADEMARK
1:      lea     MEMORY, %a0
        move.w  #0x3E7F, %d0            | all but the stack
2:      clr.l   (%a0)+
        dbra    %d0, 2b
        lea     VIDEO, %a1
        lea     registers(%pc), %a0
        moveq   #5, %d0
3:      move.w  (%a0)+, (%a1)
        dbra    %d0, 3b
        move.b  #0x40, PAD_ONE + PAD_LINES
        move.b  #0x40, PAD_TWO + PAD_LINES
        lea     MEMORY, %a2
        move.l  #0x4E504253, 0x10(%a2)
        lea     0x200(%a2), %a3
        moveq   #-1, %d7
        moveq   #0, %d6
turn:
1:      move.w  (%a1), %d0
        btst    #3, %d0
        bne     1b
2:      move.w  (%a1), %d0
        btst    #3, %d0
        beq     2b
        lea     PAD_ONE, %a0
        bsr     add_pad
        lea     PAD_TWO, %a0
        bsr     add_pad
        addq.l  #1, %d6
        move.l  %d6, 0x14(%a2)
        move.l  %d7, 0x18(%a2)
        moveq   #0, %d0
        move.b  %d6, %d0
        lsl.w   #2, %d0
        move.l  %d7, (%a3, %d0.w)
        move.l  #0xC0000000, (%a1)
        move.w  %d7, COLOUR
        bra     turn

| Adds the pad at A0 to the hash in D7.
add_pad:
        move.b  #0x40, (%a0)
        nop
        nop
        moveq   #0, %d0
        move.b  (%a0), %d0              | C, B and the cross
        move.b  #0, (%a0)
        nop
        nop
        lsl.w   #8, %d0
        move.b  (%a0), %d0              | start and A
        rol.l   #5, %d7
        add.l   %d0, %d7
        eori.l  #0x00010001, %d7
        rts

ignored:
        rte

| No interrupts; picture on; colour 0 behind; no scrolling; 40 columns; 2 bytes further each time.
registers:
        .word   0x8004, 0x8144, 0x8700, 0x8B00, 0x8C81, 0x8F02
