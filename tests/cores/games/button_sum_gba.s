@ Button Sum for the Game Boy Advance: the buttons of every frame, added up. Internal RAM has
@
@   $03000010  4 bytes  "NPBS", the mark of a running game
@   $03000014  4 bytes  frame counter
@   $03000018  4 bytes  running hash over the buttons of all frames
@   $03000200  1024     ring of the hashes, by the low byte of the frame counter
@
@ The background has the hash as its colour. Nothing is interrupted: the program waits for blanks.

        .equ    HARDWARE, 0x04000000    @ what is shown
        .equ    LINE, 6                 @ that is being drawn
        .equ    BUTTONS, 0x04000130
        .equ    MEMORY, 0x03000000
        .equ    COLOURS, 0x05000000
        .equ    LINES, 160

        .arm
        .text
        b       start
        .org    0xA0
        .ascii  "BUTTON SUM\0\0NPBE01"
        .byte   0x96
        .org    0xC0
start:
        ldr     r0, =HARDWARE
        ldr     r4, =MEMORY
        ldr     r5, =COLOURS
        ldr     r6, =BUTTONS
        mov     r1, #0
        strh    r1, [r0]
        mov     r8, #0                  @ frame
        mvn     r7, #0                  @ hash
        ldr     r1, =0x5342504E
        str     r1, [r4, #0x10]
turn:
        ldrh    r1, [r0, #LINE]
        cmp     r1, #LINES
        bge     turn
1:      ldrh    r1, [r0, #LINE]
        cmp     r1, #LINES
        blt     1b
        ldrh    r1, [r6]
        add     r7, r7, r7, lsl #5
        add     r7, r7, r1
        add     r8, r8, #1
        str     r8, [r4, #0x14]
        str     r7, [r4, #0x18]
        and     r2, r8, #0xFF
        add     r2, r4, r2, lsl #2
        str     r7, [r2, #0x200]
        strh    r7, [r5]
        b       turn
        .ltorg
