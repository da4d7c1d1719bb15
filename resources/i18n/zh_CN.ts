<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en_US">
<context>
    <name>CancelButton</name>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Capture</name>
    <message>
        <source>Your own picture, as in a mirror</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Card</name>
    <message>
        <source>Name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Document number</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Valid until</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CardKey</name>
    <message>
        <source>Document number</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Date of birth</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Valid until</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>as printed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>year month day, e.g. 900131</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>year month day, e.g. 310630</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Three items open the chip</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You find them on the photo page or on the back of your document. They are not kept.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CardReading</name>
    <message>
        <source>Reading, please leave it there</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Please lay your document on the reader</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lift it when the ring is full.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Flat, photo side up, for two or three seconds.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tries left: %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Compare</name>
    <message>
        <source>Comparing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your face and the photo in the document are being compared inside this station. It takes a moment.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ConsentFoot</name>
    <message>
        <source>Please read to the end; then you can choose. You may say no at any time.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Read on</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DisplaySheet</name>
    <message>
        <source>Text size and colours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Text size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Normal</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Large</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Very large</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Movement</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Fault</name>
    <message>
        <source>Back in a moment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For staff: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Visitors: please use the staffed desk meanwhile. You can come in just the same.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Header</name>
    <message>
        <source>Text size and colours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Help</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HelpSheet</name>
    <message>
        <source>What the line at the bottom tells you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“Camera” is on only while the camera is really open; it opens only after you agree.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“Reader” is on only while your document is being read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“Images held here now” counts the pictures of you and your document that exist in this station at this moment.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>At the end the program that held them is closed, the count goes to 0, and the time is shown.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not sure? Staff at the desk beside you will gladly help. You can stop at any time.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>IdentityRows</name>
    <message>
        <source>This document is past its date. Staff will decide; please go on.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Idle</name>
    <message>
        <source>Visitor check-in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>We check that you and your document belong together. It takes about a minute.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Camera and card reader stay off until you agree. Your pictures are deleted at the end.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You can also check in at the staffed desk, without your face.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Keypad</name>
    <message>
        <source>Delete the last character</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go on</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Locked</name>
    <message>
        <source>This station is closed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The station met an internal problem and has stopped to be safe. Manager: please restart it and read the self-check.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For staff: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Visitors: please use the staffed desk. You can come in just the same.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PromptPlate</name>
    <message>
        <source>%1 of %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Once more, with new movements</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your face inside the oval</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Result</name>
    <message>
        <source>Consent receipt %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For staff: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your document is past its date. Please renew it soon; staff may ask about it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your pictures are gone: the program that held them ended at %1. Images held here now: 0.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your pictures are being cleared …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RibbonBar</name>
    <message>
        <source>Camera on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Camera off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reader on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reader off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Images held here now: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>cleared at %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What does this mean?</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Ring</name>
    <message>
        <source>Progress</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StaffSheet</name>
    <message>
        <source>Staff: close the station?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A visit in hand is stopped and cleared first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep it open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Steps</name>
    <message>
        <source>Notice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Document</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Face</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Step %1 of 5: %2</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
